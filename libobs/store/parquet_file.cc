#include "libobs/store/parquet_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "libobs/codec/compress.h"
#include "libobs/store/parquet_decoding.h"
#include "libobs/store/parquet_page_header.h"
#include "libobs/store/thrift_reader.h"

namespace obs::store {
namespace {

constexpr std::string_view kMagic = "PAR1";
constexpr std::size_t kTail = 8;  // Length of the footer, magic.
constexpr std::int64_t kOptional = 1;
constexpr std::int64_t kZstd = 6;
constexpr std::string_view kOurs = "obs version ";

// Above any row group of ours; what a file says is not believed beyond.
constexpr std::uint64_t kMaxCells = std::uint64_t{1} << 22;
constexpr std::int64_t kMaxChildren = 1 << 16;

void read_statistics(ThriftReader& reader, ParquetFile::Chunk& chunk) {
  reader.read_struct([&](int id) {
    switch (id) {
      case 3: chunk.nulls = read_unsigned(reader); break;
      case 5: chunk.max = reader.binary(); break;
      case 6: chunk.min = reader.binary(); break;
      default: break;
    }
  });
}

// False: compressed otherwise than with zstd.
bool read_chunk(ThriftReader& reader, ParquetFile::Chunk& chunk) {
  std::int64_t codec = kZstd;
  std::uint64_t data = 0;
  std::uint64_t dictionary = 0;
  const auto read_metadata = [&](int id) {
    switch (id) {
      case 4: codec = reader.integer(); break;
      case 5: chunk.cells = read_unsigned(reader); break;
      case 7: chunk.bytes = read_unsigned(reader); break;
      case 9: data = read_unsigned(reader); break;
      case 11: dictionary = read_unsigned(reader); break;
      case 12: read_statistics(reader, chunk); break;
      default: break;
    }
  };
  reader.read_struct([&](int id) {
    if (id == 3) reader.read_struct(read_metadata);
  });
  chunk.offset = dictionary != 0 ? std::min(dictionary, data) : data;
  return codec == kZstd;
}

// Decodes the pages of one chunk. Every step answers false for damage.
template <class T>
class ChunkDecoder {
 public:
  using Stretch = ParquetStretch<T>;

  bool decode(std::string_view pages, std::uint64_t cells) {
    std::uint64_t decoded = 0;
    while (decoded < cells) {
      ThriftReader reader(pages);
      const ParquetPageHeader page = read_page_header(reader);
      if (!reader.ok() || page.size > reader.rest().size() || page.cells > kMaxCells) return false;
      const std::string_view body = reader.rest().substr(0, page.size);
      pages = reader.rest().substr(page.size);
      if (page.type == kParquetDictionaryPage) {
        if (!decode_dictionary(page, body)) return false;
        continue;
      }
      if (page.type != kParquetDataPage) return set_unsupported();
      if (page.cells == 0 || page.cells > cells - decoded) return false;
      if (!decode_data(page, body)) return false;
      decoded += page.cells;
    }
    return true;
  }

  bool is_unsupported() const { return unsupported_; }
  ParquetCells<T> take() { return std::move(out_); }

 private:
  bool set_unsupported() {
    unsupported_ = true;
    return false;
  }

  // The bytes of so many values as they were before compression. No encoding of ours takes twice
  // the room of the values, a block of steps that is not full aside.
  bool inflate(std::string_view body, std::uint64_t plain_size, std::uint64_t values,
               bool is_compressed) {
    if (plain_size > (values + 1024) * 2 * sizeof(T)) return false;
    if (!is_compressed) {
      plain_ = body;
      return body.size() == plain_size;
    }
    room_.resize(plain_size);
    plain_ = room_;
    return codec::decompress_zstd(body, room_);
  }

  bool decode_dictionary(const ParquetPageHeader& page, std::string_view body) {
    if (std::exchange(has_dictionary_, true)) return false;
    return inflate(body, page.plain_size, page.cells, true) &&
           decode_plain(plain_, page.cells, dictionary_);
  }

  bool decode_data(const ParquetPageHeader& page, std::string_view body) {
    const std::uint64_t levels = page.definition + page.repetition;
    if (page.repetition != 0) return set_unsupported();
    if (levels > body.size() || levels > page.plain_size || page.nulls > page.cells) return false;
    levels_.clear();
    if (!decode_hybrid(body.substr(0, levels), 1, page.cells, levels_)) return false;
    const std::uint64_t values = page.cells - page.nulls;
    fresh_.clear();
    if (values > 0 &&
        (!inflate(body.substr(levels), page.plain_size - levels, values, page.is_compressed) ||
         !decode_values(page.encoding, values))) {
      return false;
    }
    return place();
  }

  bool decode_values(std::int64_t encoding, std::uint64_t count) {
    const auto first = static_cast<std::uint32_t>(out_.values.size());
    const auto each = Stretch{Stretch::Kind::kEach, static_cast<std::uint32_t>(count), {}, first};
    switch (static_cast<ParquetEncoding>(encoding)) {
      case ParquetEncoding::kPlain:
        fresh_.push_back(each);
        return decode_plain(plain_, count, out_.values);
      case ParquetEncoding::kDelta:
        fresh_.push_back(each);
        if constexpr (std::is_same_v<T, double>)
          return set_unsupported();
        else
          return decode_delta(plain_, count, out_.values);
      case ParquetEncoding::kSplit:
        fresh_.push_back(each);
        return decode_split(plain_, count, out_.values);
      case ParquetEncoding::kDictionary: return decode_places(count);
      default: return set_unsupported();
    }
  }

  // Short runs are put together again.
  bool decode_places(std::uint64_t count) {
    constexpr std::uint32_t kWorthARun = 4;
    places_.clear();
    if (plain_.empty() ||
        !decode_hybrid(plain_.substr(1), static_cast<unsigned char>(plain_.front()), count,
                       places_)) {
      return false;
    }
    for (const auto& [place, many] : places_) {
      if (place >= dictionary_.size()) return false;
      const T value = dictionary_[place];
      if (many >= kWorthARun) {
        fresh_.push_back({Stretch::Kind::kSame, many, value, 0});
        continue;
      }
      if (fresh_.empty() || fresh_.back().kind != Stretch::Kind::kEach) {
        const auto first = static_cast<std::uint32_t>(out_.values.size());
        fresh_.push_back({Stretch::Kind::kEach, 0, {}, first});
      }
      out_.values.insert(out_.values.end(), many, value);
      fresh_.back().count += many;
    }
    return true;
  }

  // Puts the NULLs between the values.
  bool place() {
    std::size_t next = 0;
    std::uint32_t used = 0;
    for (auto [level, count] : levels_) {
      if (level == 0) {
        out_.stretches.push_back({Stretch::Kind::kNull, count, {}, 0});
        continue;
      }
      while (count > 0) {
        if (next == fresh_.size()) return false;
        Stretch some = fresh_[next];
        some.count = std::min(count, some.count - used);
        if (some.kind == Stretch::Kind::kEach) some.first += used;
        out_.stretches.push_back(some);
        count -= some.count;
        used += some.count;
        if (used < fresh_[next].count) continue;
        ++next;
        used = 0;
      }
    }
    return next == fresh_.size();
  }

  ParquetCells<T> out_;
  std::vector<T> dictionary_;
  bool has_dictionary_ = false;
  std::vector<ParquetRun> levels_;
  std::vector<ParquetRun> places_;
  std::vector<Stretch> fresh_;  // Of the page, without its NULLs.
  std::string room_;
  std::string_view plain_;
  bool unsupported_ = false;
};

template <class T>
constexpr ParquetType kTypeOf = ParquetType::kInt32;
template <>
constexpr ParquetType kTypeOf<std::int64_t> = ParquetType::kInt64;
template <>
constexpr ParquetType kTypeOf<double> = ParquetType::kDouble;

}  // namespace

Result<ParquetFile> ParquetFile::open(std::shared_ptr<const Mapping> file) {
  const std::string_view bytes = as_text(file->bytes());
  ParquetFile made(std::move(file));
  std::uint32_t size = 0;
  if (bytes.size() < kMagic.size() + kTail || !bytes.ends_with(kMagic)) {
    return fail(Errc::kMalformed, "does not end as a Parquet file");
  }
  std::memcpy(&size, bytes.data() + bytes.size() - kTail, sizeof(size));
  if (size > bytes.size() - kTail) return fail(Errc::kMalformed, "has no footer");
  if (made.read_footer(bytes.substr(bytes.size() - kTail - size, size))) return made;
  return fail(Errc::kUnsupported, "has a footer that says more than can be read here");
}

bool ParquetFile::read_footer(std::string_view footer) {
  ThriftReader reader(footer);
  bool supported = true;
  std::int64_t nested = 0;  // Elements that belong to a column above.
  bool is_root = true;
  const auto read_element = [&] {
    Column column;
    std::int64_t children = 0;
    std::int64_t repetition = 0;
    reader.read_struct([&](int id) {
      switch (id) {
        case 1: column.type = reader.integer(); break;
        case 3: repetition = reader.integer(); break;
        case 4: column.name = reader.binary(); break;
        case 5: children = reader.integer(); break;
        default: break;
      }
    });
    if (std::exchange(is_root, false)) return;
    supported = supported && children >= 0 && children <= kMaxChildren;
    if (!supported) return;
    column.is_flat = nested == 0 && children == 0 && repetition == kOptional;
    nested = std::max<std::int64_t>(nested - 1, 0) + children;
    if (children == 0) columns_.push_back(std::move(column));
  };
  const auto read_group = [&] {
    Group group;
    reader.read_struct([&](int id) {
      if (id == 3) group.rows = read_unsigned(reader);
      if (id != 1) return;
      reader.read_list(
          [&] { supported = read_chunk(reader, group.chunks.emplace_back()) && supported; });
    });
    supported = supported && group.chunks.size() == columns_.size() && group.rows <= kMaxCells;
    groups_.push_back(std::move(group));
  };
  reader.read_struct([&](int id) {
    if (id == 2) reader.read_list(read_element);
    if (id == 4) reader.read_list(read_group);
    if (id == 6) is_ours_ = reader.binary().starts_with(kOurs);
  });
  return reader.ok() && supported;
}

std::optional<std::size_t> ParquetFile::find_column(std::string_view name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
    return column.is_flat && column.name == name;
  });
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::optional<std::string_view> ParquetFile::pages_of(std::size_t group, std::size_t column) const {
  const Chunk& chunk = groups_[group].chunks[column];
  const std::string_view bytes = as_text(file_->bytes());
  if (chunk.offset > bytes.size() || chunk.bytes > bytes.size() - chunk.offset) return std::nullopt;
  if (chunk.cells != groups_[group].rows) return std::nullopt;
  return bytes.substr(chunk.offset, chunk.bytes);
}

template <class T>
Result<ParquetCells<T>> ParquetFile::read(std::size_t group, std::size_t column) const {
  const Chunk& chunk = groups_[group].chunks[column];
  if (columns_[column].type != static_cast<std::int64_t>(kTypeOf<T>)) {
    return fail(Errc::kUnsupported, "column " + columns_[column].name + " has another type");
  }
  const auto pages = pages_of(group, column);
  ChunkDecoder<T> decoder;
  if (pages && decoder.decode(*pages, chunk.cells)) return decoder.take();
  return fail(decoder.is_unsupported() ? Errc::kUnsupported : Errc::kMalformed,
              "column " + columns_[column].name + " has pages that cannot be read");
}

bool has_values(const ParquetFile& file, std::string_view name) {
  const auto column = file.find_column(name);
  if (!column) return true;
  return std::any_of(file.groups().begin(), file.groups().end(),
                     [&](const auto& group) { return group.chunks[*column].nulls != group.rows; });
}

template Result<ParquetCells<std::int32_t>> ParquetFile::read(std::size_t, std::size_t) const;
template Result<ParquetCells<std::int64_t>> ParquetFile::read(std::size_t, std::size_t) const;
template Result<ParquetCells<double>> ParquetFile::read(std::size_t, std::size_t) const;

}  // namespace obs::store
