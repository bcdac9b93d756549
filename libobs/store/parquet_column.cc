#include "libobs/store/parquet_column.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "libobs/codec/compress.h"
#include "libobs/store/duckdb_handle.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/parquet_numbers.h"
#include "libobs/store/parquet_text.h"

namespace obs::store {
namespace {

// A dictionary where values repeat at once so many times on average: it is then runs, and is not
// tried otherwise.
constexpr std::size_t kLeastRun = 4;

// Enough for the encodings to differ as they do on all of it.
constexpr std::size_t kSample = 16'384;
// What was chosen holds for so many values.
constexpr std::size_t kChoice = 122'880;
// Where there are more ways to choose from.
constexpr std::size_t kLongChoice = 1'000'000;
// And where there were few to choose by.
constexpr std::size_t kTrust = 64;

// Calls valid(first, count) and null(count) for stretches of rows.
template <class Valid, class Null>
void each_stretch(const VectorView& view, idx_t rows, Valid valid, Null null) {
  if (view.validity == nullptr) return valid(idx_t{0}, rows);
  for (idx_t begin = 0; begin < rows;) {
    const bool is_null = view.is_null(begin);
    const std::uint64_t same = is_null ? 0 : ~std::uint64_t{0};
    idx_t end = begin + 1;
    while (end < rows) {
      if (end % 64 == 0 && view.validity[end / 64] == same) {
        end = std::min(end + 64, rows);
      } else if (view.is_null(end) == is_null) {
        ++end;
      } else {
        break;
      }
    }
    is_null ? null(end - begin) : valid(begin, end - begin);
    begin = end;
  }
}

template <class T>
auto to_bits(T value) {
  if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(value);
  } else {
    return value;
  }
}

template <class T>
std::size_t count_runs(std::span<const T> values) {
  std::size_t runs = 1;
  for (std::size_t i = 1; i < values.size(); ++i) {
    runs += to_bits(values[i]) != to_bits(values[i - 1]) ? 1 : 0;
  }
  return runs;
}

// Values as runs of places in a list of those that differ.
template <class T>
struct Dictionary {
  explicit Dictionary(std::span<const T> values) {
    std::unordered_map<decltype(to_bits(T{})), std::uint32_t> places;
    for (std::size_t begin = 0; begin < values.size();) {
      std::size_t end = begin + 1;
      while (end < values.size() && to_bits(values[end]) == to_bits(values[begin])) ++end;
      const auto [place, fresh] =
          places.try_emplace(to_bits(values[begin]), static_cast<std::uint32_t>(different.size()));
      if (fresh) different.push_back(values[begin]);
      runs.push_back({place->second, static_cast<std::uint32_t>(end - begin)});
      begin = end;
    }
  }

  std::string encode_places() const {
    const int width = bit_width_of(static_cast<std::uint32_t>(different.size() - 1));
    std::string bytes(1, static_cast<char>(width));
    append_hybrid(bytes, runs, width);
    return bytes;
  }

  std::vector<T> different;
  std::vector<ParquetRun> runs;
};

enum class Way : std::uint8_t {
  kPlain,
  kDelta,
  kDeltaBytes,
  kDeltaOneWidth,
  kDeltaLong,
  kDeltaSparse,
  kSplit,
  kDictionary,
};

// A block is padded, and costs its reader room.
constexpr std::size_t kLeastSparse = 8'192;
constexpr std::size_t kLeastLong = 2'048;

constexpr DeltaWidth width_of(Way way, std::size_t values) {
  if (way == Way::kDeltaSparse && values >= kLeastSparse) return DeltaWidth::kSparse;
  if (way == Way::kDeltaLong && values >= kLeastLong) return DeltaWidth::kLong;
  if (way == Way::kDeltaBytes) return DeltaWidth::kWholeBytes;
  return way == Way::kDelta ? DeltaWidth::kLeast : DeltaWidth::kOneWidth;
}

template <class T>
ParquetValues encode(std::span<const T> values, Way way) {
  ParquetValues made;
  if (way == Way::kSplit) {
    made.encoding = ParquetEncoding::kSplit;
    append_split(made.bytes, values);
  } else if (way == Way::kPlain) {
    append_plain(made.bytes, values);
  } else if constexpr (!std::is_same_v<T, double>) {
    made.encoding = ParquetEncoding::kDelta;
    append_delta(made.bytes, values, width_of(way, values.size()));
  }
  return made;
}

template <class T>
std::span<const Way> ways_of(bool smallest, bool has_runs) {
  static constexpr Way kOfDoubles[] = {Way::kPlain, Way::kSplit};
  static constexpr Way kOfIntegers[] = {Way::kDeltaBytes,    Way::kDelta,     Way::kPlain,
                                        Way::kDeltaOneWidth, Way::kDeltaLong, Way::kDeltaSparse};
  // Wide ones in runs take longer to read in any other way than it gains.
  static constexpr Way kOfRuns[] = {Way::kDeltaSparse};
  if (has_runs && std::is_same_v<T, double>) return {};
  if (std::is_same_v<T, double>) return kOfDoubles;
  if (has_runs && sizeof(T) > sizeof(std::int32_t)) return kOfRuns;
  return std::span(kOfIntegers).first(smallest ? std::size(kOfIntegers) : 3);
}

std::size_t packed_size(std::string bytes, int zstd_level) {
  return ParquetPacked(std::move(bytes), zstd_level).bytes.size();
}

template <class T>
std::size_t size_of_dictionary(std::span<const T> values, int zstd_level) {
  const Dictionary<T> dictionary(values);
  std::string plain;
  append_plain(plain, std::span<const T>(dictionary.different));
  return packed_size(std::move(plain), zstd_level) +
         packed_size(dictionary.encode_places(), zstd_level);
}

// The smallest of a sample. Not guessed: what a compressor finds depends on how series repeat each
// other's times, and on how steps are spread.
template <class T>
Way choose_way(std::span<const T> values, bool has_runs, const ParquetPacking& packing) {
  const auto sample = values.first(std::min(values.size(), kSample));
  const int level = packing.zstd_level;
  std::size_t least = has_runs ? size_of_dictionary(sample, level) : ~std::size_t{0};
  Way best = has_runs ? Way::kDictionary : Way::kPlain;
  for (const Way way : ways_of<T>(packing.smallest, has_runs)) {
    const std::size_t size = packed_size(encode(sample, way).bytes, level);
    if (size < least) {
      least = size;
      best = way;
    }
  }
  return best;
}

// The type in which the format compares.
template <class T>
void note_bounds(std::span<const T> values, bool is_unsigned, ParquetChunk& chunk) {
  if constexpr (!std::is_same_v<T, double>) {
    using Unsigned = std::make_unsigned_t<T>;
    // Of unsigned ones the order is that of signed ones once the highest bit is another.
    const Unsigned turn = is_unsigned ? Unsigned{1} << (8 * sizeof(T) - 1) : 0;
    const auto turned = [turn](T value) {
      return static_cast<T>(static_cast<Unsigned>(value) ^ turn);
    };
    T min = turned(values.front());
    T max = min;
    for (const T value : values) {
      min = std::min(min, turned(value));
      max = std::max(max, turned(value));
    }
    min = turned(min);
    max = turned(max);
    append_plain(chunk.min, std::span<const T>(&min, 1));
    append_plain(chunk.max, std::span<const T>(&max, 1));
  }
}

template <class T>
constexpr ParquetType type_of() {
  if (std::is_same_v<T, double>) return ParquetType::kDouble;
  return sizeof(T) == sizeof(std::int32_t) ? ParquetType::kInt32 : ParquetType::kInt64;
}

// Numbers of four or eight bytes, or lists of them.
template <class T>
class NumberColumn final : public ParquetNumbers<T> {
 public:
  NumberColumn(std::string name, ParquetMeaning bits, bool list)
      : ParquetNumbers<T>(std::move(name), type_of<T>(), bits, list) {}

  using ParquetNumbers<T>::add;
  using ParquetColumn::is_list;
  using ParquetColumn::meaning;

  void add(const DuckdbApi& api, duckdb_vector vector, idx_t rows) override {
    const VectorView view(api, vector);
    if (is_list()) return add_lists(api, view, rows);
    each_stretch(
        view, rows,
        [&](idx_t first, idx_t count) {
          add(std::span(static_cast<const T*>(view.data) + first, count));
        },
        [&](idx_t count) { this->add_nulls(count); });
  }

  ParquetChoice choice() const override { return choice_; }
  void set_choice(const ParquetChoice& choice) override { choice_ = choice; }

  ParquetChunk finish(std::string& out, std::uint64_t begin,
                      const ParquetPacking& packing) override {
    ParquetChunk chunk;
    chunk.offset = begin + out.size();
    const std::span<const T> values(values_);
    const Way way = values.empty() ? Way::kPlain : way_for(values, packing);
    if (values.empty()) {
      append_data_page(out, begin, shape_, is_list(), {}, packing.zstd_level, chunk);
    } else if (way == Way::kDictionary) {
      append_dictionary(out, begin, packing.zstd_level, chunk);
    } else {
      append_pages(out, begin, way, packing, chunk);
    }
    if (!values.empty() && !is_list()) {
      note_bounds(values, meaning() == ParquetMeaning::kUnsigned, chunk);
    }
    values_.clear();
    shape_ = {};
    return chunk;
  }

 private:
  using ParquetNumbers<T>::shape_;
  using ParquetNumbers<T>::values_;

  void append_dictionary(std::string& out, std::uint64_t begin, int zstd_level,
                         ParquetChunk& chunk) {
    const Dictionary<T> dictionary{std::span<const T>(values_)};
    std::string plain;
    append_plain(plain, std::span<const T>(dictionary.different));
    append_dictionary_page(out, begin, dictionary.different.size(), std::move(plain), zstd_level,
                           chunk);
    append_data_page(out, begin, shape_, is_list(),
                     {ParquetEncoding::kDictionary, dictionary.encode_places()}, zstd_level, chunk);
  }

  void append_pages(std::string& out, std::uint64_t begin, Way way, const ParquetPacking& packing,
                    ParquetChunk& chunk) {
    const std::span<const T> values(values_);
    const std::size_t most = packing.page_bytes / sizeof(T);
    if (is_list() || most == 0 || values.size() <= most) {
      append_data_page(out, begin, shape_, is_list(), encode(values, way), packing.zstd_level,
                       chunk);
      return;
    }
    ParquetShapeCutter shapes(shape_);
    for (std::size_t at = 0; at < values.size(); at += most) {
      const auto some = values.subspan(at, std::min(most, values.size() - at));
      append_data_page(out, begin, shapes.cut(some.size(), at + some.size() == values.size()),
                       false, encode(some, way), packing.zstd_level, chunk);
    }
  }

  // Row groups share a choice, as long as all of them have runs, or none has.
  Way way_for(std::span<const T> values, const ParquetPacking& packing) {
    const bool smallest = packing.smallest;
    const bool has_runs = count_runs(values) * kLeastRun <= values.size();
    if (has_runs && !smallest) return Way::kDictionary;
    if (choice_.values == 0 || has_runs != choice_.has_runs) {
      const std::size_t most = smallest ? kLongChoice : kChoice;
      choice_ = {static_cast<std::uint8_t>(choose_way(values, has_runs, packing)), has_runs,
                 std::min(most, kTrust * values.size())};
    }
    choice_.values -= std::min(choice_.values, values.size());
    return static_cast<Way>(choice_.way);
  }

  // Items are never NULL.
  void add_lists(const DuckdbApi& api, const VectorView& view, idx_t rows) {
    const T* items =
        static_cast<const T*>(api.vector_get_data(api.list_vector_get_child(view.vector)));
    for (idx_t row = 0; row < rows; ++row) {
      shape_.repetition.add(0, 1);
      if (view.is_null(row)) {
        this->add_nulls(1);
        continue;
      }
      ++shape_.rows;
      ++shape_.cells;
      const auto entry = view.at<duckdb_list_entry>(row);
      if (entry.length == 0) {
        shape_.definition.add(1, 1);
        ++shape_.nulls;
        continue;
      }
      values_.insert(values_.end(), items + entry.offset, items + entry.offset + entry.length);
      shape_.definition.add(3, static_cast<std::uint32_t>(entry.length));
      shape_.repetition.add(1, static_cast<std::uint32_t>(entry.length - 1));
      shape_.cells += entry.length - 1;
    }
  }

  ParquetChoice choice_;
};

bool is_json(const DuckdbApi& api, duckdb_logical_type type) {
  char* alias = api.logical_type_get_alias(type);
  const bool is = alias != nullptr && std::string_view(alias) == "JSON";
  api.free(alias);
  return is;
}

template <class T>
std::unique_ptr<NumberColumn<T>> make_column(std::string name, ParquetMeaning meaning,
                                             bool is_list) {
  return std::make_unique<NumberColumn<T>>(std::move(name), meaning, is_list);
}

std::unique_ptr<ParquetColumn> make_number(std::string name, duckdb_type type, bool is_list) {
  using Meaning = ParquetMeaning;
  switch (type) {
    case DUCKDB_TYPE_INTEGER:
      return make_column<std::int32_t>(std::move(name), Meaning::kPlain, is_list);
    case DUCKDB_TYPE_UINTEGER:
      return make_column<std::int32_t>(std::move(name), Meaning::kUnsigned, is_list);
    case DUCKDB_TYPE_BIGINT:
      return make_column<std::int64_t>(std::move(name), Meaning::kPlain, is_list);
    case DUCKDB_TYPE_UBIGINT:
      return make_column<std::int64_t>(std::move(name), Meaning::kUnsigned, is_list);
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return make_column<std::int64_t>(std::move(name), Meaning::kTimestamp, is_list);
    case DUCKDB_TYPE_DOUBLE: return make_column<double>(std::move(name), Meaning::kPlain, is_list);
    default: return nullptr;
  }
}

}  // namespace

template <class T>
std::unique_ptr<ParquetNumbers<T>> ParquetNumbers<T>::make(std::string name,
                                                           ParquetMeaning meaning) {
  return make_column<T>(std::move(name), meaning, false);
}

template class ParquetNumbers<std::int32_t>;
template class ParquetNumbers<std::int64_t>;
template class ParquetNumbers<double>;

std::unique_ptr<ParquetColumn> ParquetColumn::make(const DuckdbApi& api, std::string name,
                                                   duckdb_logical_type type) {
  const duckdb_type id = api.get_type_id(type);
  if (id == DUCKDB_TYPE_VARCHAR) {
    return make_text_column(std::move(name),
                            is_json(api, type) ? ParquetMeaning::kJson : ParquetMeaning::kText);
  }
  if (id == DUCKDB_TYPE_BOOLEAN) return make_boolean_column(std::move(name));
  if (id != DUCKDB_TYPE_LIST) return make_number(std::move(name), id, false);
  const TypeHandle item(api, api.list_type_child_type(type));
  return make_number(std::move(name), api.get_type_id(item.get()), true);
}

}  // namespace obs::store
