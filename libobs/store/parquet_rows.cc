#include "libobs/store/parquet_rows.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libobs/codec/compress.h"
#include "libobs/store/parquet_decoding.h"
#include "libobs/store/parquet_levels.h"
#include "libobs/store/parquet_page_header.h"

namespace obs::store {
namespace {

// No frame of zstd holds more than so many times its bytes: a page that says so is damaged.
constexpr std::uint64_t kMostRatio = 1 << 15;

// What a page inflates to, and how it is to be read.
struct Page {
  std::uint32_t first = 0;  // Row.
  std::uint32_t rows = 0;
  ParquetPageHeader header;
  std::string_view body;  // As it is in the file.

  bool is_read = false;
  std::string_view levels;
  std::string_view values;  // In `room`, or the file.
  std::string room;
  std::vector<std::string_view> texts;  // Of lengths and their bytes.
  std::vector<std::int64_t> numbers;
};

bool inflate(std::string_view body, std::uint64_t plain_size, bool is_compressed, Page& page) {
  page.values = body;
  if (!is_compressed) return body.size() == plain_size;
  if (plain_size > body.size() * kMostRatio) return false;
  page.room.resize(plain_size);
  page.values = page.room;
  return codec::decompress_zstd(body, page.room);
}

// Lengths, then the bytes of all, which end with the page.
bool split_texts(std::string_view bytes, std::uint64_t count,
                 std::vector<std::string_view>& texts) {
  std::vector<std::int32_t> lengths;
  if (!decode_delta(bytes, count, lengths)) return false;
  std::uint64_t total = 0;
  for (const std::int32_t length : lengths) {
    if (length < 0) return false;
    total += static_cast<std::uint64_t>(length);
  }
  if (total > bytes.size()) return false;
  std::size_t at = bytes.size() - total;
  texts.reserve(count);
  for (const std::int32_t length : lengths) {
    texts.push_back(bytes.substr(at, static_cast<std::size_t>(length)));
    at += static_cast<std::size_t>(length);
  }
  return true;
}

// PLAIN: each with its length before it.
bool split_dictionary(std::string_view bytes, std::uint64_t count,
                      std::vector<std::string_view>& texts) {
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t size = 0;
    if (bytes.size() < sizeof(size)) return false;
    std::memcpy(&size, bytes.data(), sizeof(size));
    bytes.remove_prefix(sizeof(size));
    if (size > bytes.size()) return false;
    texts.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return true;
}

bool decode_numbers(ParquetType type, ParquetEncoding encoding, std::string_view bytes,
                    std::uint64_t count, std::vector<std::int64_t>& numbers) {
  const bool is_delta = encoding == ParquetEncoding::kDelta;
  if (!is_delta && encoding != ParquetEncoding::kPlain) return false;
  if (type == ParquetType::kInt64) {
    return is_delta ? decode_delta(bytes, count, numbers) : decode_plain(bytes, count, numbers);
  }
  std::vector<std::int32_t> narrow;
  if (!(is_delta ? decode_delta(bytes, count, narrow) : decode_plain(bytes, count, narrow))) {
    return false;
  }
  numbers.assign(narrow.begin(), narrow.end());
  return true;
}

// Booleans: the length of their runs, then these.
bool decode_bits(std::string_view bytes, std::uint64_t count, std::vector<std::int64_t>& numbers) {
  std::vector<ParquetRun> runs;
  if (bytes.size() < sizeof(std::uint32_t)) return false;
  if (!decode_hybrid(bytes.substr(sizeof(std::uint32_t)), 1, count, runs)) return false;
  for (const auto [value, many] : runs) numbers.insert(numbers.end(), many, value);
  return true;
}

bool is_dictionary(const Page& page) {
  return static_cast<ParquetEncoding>(page.header.encoding) == ParquetEncoding::kDictionary;
}

const std::vector<std::string_view>& cells_of(const Page& page, std::string_view) {
  return page.texts;
}
const std::vector<std::int64_t>& cells_of(const Page& page, std::int64_t) { return page.numbers; }

// Cells of a page that was opened, each later than the one before.
template <class T>
class CellReader {
 public:
  // `dictionary` is that of the column, if the page needs one.
  CellReader(const Page& page, const Page* dictionary)
      : page_(page),
        cells_(cells_of(dictionary == nullptr ? page : *dictionary, T())),
        has_places_(dictionary != nullptr),
        levels_(page.levels, 1),
        places_(has_places_ && !page.values.empty() ? page.values.substr(1) : std::string_view(),
                has_places_ && !page.values.empty()
                    ? static_cast<unsigned char>(page.values.front())
                    : 0) {}

  // False: damage. `cell` is nullptr for NULL.
  bool read(std::uint32_t row, const T*& cell) {
    cell = nullptr;
    std::uint64_t place = row - page_.first;
    if (page_.header.nulls > 0) {
      const auto level = levels_.at(place);
      if (!level || *level == 0) return level.has_value();
      place = levels_.ones_before();
    }
    if (has_places_) {
      const auto entry = places_.at(place);
      if (!entry) return false;
      place = *entry;
    }
    if (place >= cells_.size()) return false;
    cell = &cells_[place];
    return true;
  }

 private:
  const Page& page_;
  const std::vector<T>& cells_;
  const bool has_places_;
  ParquetHybrid levels_;
  ParquetHybrid places_;
};

}  // namespace

class ParquetRows::Column {
 public:
  Column(ParquetType type, std::string_view pages, std::uint64_t rows) : type_(type) {
    is_good_ = list(pages, rows);
  }

  // Calls take(cell) for each of the rows: nullptr for NULL. False: damage, at damage().
  template <class T, class Take>
  bool read(std::span<const std::uint32_t> rows, Take take) {
    if (!is_good_) return false;
    std::size_t next = 0;
    for (Page& page : pages_) {
      const std::size_t first = next;
      while (next < rows.size() && rows[next] - page.first < page.rows) ++next;
      if (next == first) continue;
      if (!read_page<T>(page, rows.subspan(first, next - first), take)) {
        damage_ = page.body.data();
        return false;
      }
    }
    return next == rows.size();
  }

  ParquetType type() const { return type_; }
  const char* damage() const { return damage_; }

 private:
  // Finds where pages begin and which rows they have; nothing is inflated.
  bool list(std::string_view bytes, std::uint64_t rows) {
    std::uint64_t first = 0;
    while (first < rows) {
      damage_ = bytes.data();
      ThriftReader reader(bytes);
      Page page;
      page.header = read_page_header(reader);
      if (!reader.ok() || page.header.size > reader.rest().size()) return false;
      page.body = reader.rest().substr(0, page.header.size);
      bytes = reader.rest().substr(page.header.size);
      if (page.header.type == kParquetDictionaryPage) {
        if (dictionary_) return false;
        dictionary_ = std::move(page);
        continue;
      }
      const std::uint64_t cells = page.header.cells;
      if (page.header.type != kParquetDataPage || cells == 0 || cells > rows - first) return false;
      page.first = static_cast<std::uint32_t>(first);
      page.rows = static_cast<std::uint32_t>(cells);
      first += cells;
      pages_.push_back(std::move(page));
    }
    return true;
  }

  bool open(Page& page) {
    if (std::exchange(page.is_read, true)) return true;
    const ParquetPageHeader& header = page.header;
    const std::uint64_t levels = header.definition;
    if (header.repetition != 0 || levels > page.body.size() || levels > header.plain_size ||
        header.nulls > header.cells) {
      return false;
    }
    page.levels = page.body.substr(0, levels);
    const std::uint64_t count = header.cells - header.nulls;
    if (count == 0) return open_dictionary() || !is_dictionary(page);
    if (!inflate(page.body.substr(levels), header.plain_size - levels, header.is_compressed,
                 page)) {
      return false;
    }
    switch (static_cast<ParquetEncoding>(header.encoding)) {
      case ParquetEncoding::kDictionary: return !page.values.empty() && open_dictionary();
      case ParquetEncoding::kRle:
        return type_ == ParquetType::kBoolean && decode_bits(page.values, count, page.numbers);
      case ParquetEncoding::kLengths:
        return type_ == ParquetType::kBytes && split_texts(page.values, count, page.texts);
      default:
        return type_ != ParquetType::kBytes &&
               decode_numbers(type_, static_cast<ParquetEncoding>(header.encoding), page.values,
                              count, page.numbers);
    }
  }

  bool open_dictionary() {
    if (!dictionary_) return false;
    Page& page = *dictionary_;
    if (std::exchange(page.is_read, true)) return true;
    if (!inflate(page.body, page.header.plain_size, true, page)) return false;
    return type_ == ParquetType::kBytes
               ? split_dictionary(page.values, page.header.cells, page.texts)
               : decode_numbers(type_, ParquetEncoding::kPlain, page.values, page.header.cells,
                                page.numbers);
  }

  template <class T, class Take>
  bool read_page(Page& page, std::span<const std::uint32_t> rows, Take take) {
    if (!open(page)) return false;
    CellReader<T> cells(page, is_dictionary(page) ? &*dictionary_ : nullptr);
    for (const std::uint32_t row : rows) {
      const T* cell = nullptr;
      if (!cells.read(row, cell)) return false;
      take(cell);
    }
    return true;
  }

  const ParquetType type_;
  std::optional<Page> dictionary_;
  std::vector<Page> pages_;
  bool is_good_ = false;
  const char* damage_ = nullptr;
};

ParquetRows::ParquetRows(const ParquetFile& file, std::size_t group) : file_(file), group_(group) {}
ParquetRows::~ParquetRows() = default;
ParquetRows::ParquetRows(ParquetRows&&) noexcept = default;

Result<ParquetRows::Column*> ParquetRows::find_column(std::size_t column) {
  auto& found = columns_[column];
  if (found != nullptr) return found.get();
  const auto pages = file_.pages_of(group_, column);
  if (!pages) {
    return fail(Errc::kMalformed, fmt::format("column {} of row group {} lies beyond the file",
                                              file_.name_of(column), group_));
  }
  found = std::make_unique<Column>(file_.type_of(column), *pages, file_.groups()[group_].rows);
  return found.get();
}

template <class T>
Result<std::vector<std::optional<T>>> ParquetRows::read(std::size_t column,
                                                        std::span<const std::uint32_t> rows) {
  OBS_TRY(Column* const from, find_column(column));
  std::vector<std::optional<T>> cells;
  cells.reserve(rows.size());
  const auto take = [&](const T* cell) {
    cells.push_back(cell == nullptr ? std::nullopt : std::optional<T>(*cell));
  };
  if (from->read<T>(rows, take)) return cells;
  return fail(Errc::kMalformed,
              fmt::format("column {} has a page that cannot be read, before byte {}",
                          file_.name_of(column), from->damage() - file_.bytes().data()));
}

Result<std::vector<std::optional<std::string_view>>> ParquetRows::texts(
    std::size_t column, std::span<const std::uint32_t> rows) {
  if (file_.type_of(column) != ParquetType::kBytes) {
    return fail(Errc::kUnsupported, "column " + file_.name_of(column) + " is no text");
  }
  return read<std::string_view>(column, rows);
}

Result<std::vector<std::optional<std::int64_t>>> ParquetRows::numbers(
    std::size_t column, std::span<const std::uint32_t> rows) {
  const ParquetType type = file_.type_of(column);
  if (type != ParquetType::kInt32 && type != ParquetType::kInt64 && type != ParquetType::kBoolean) {
    return fail(Errc::kUnsupported, "column " + file_.name_of(column) + " has no whole numbers");
  }
  return read<std::int64_t>(column, rows);
}

}  // namespace obs::store
