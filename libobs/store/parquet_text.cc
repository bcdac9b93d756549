#include "libobs/store/parquet_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/hash.h"
#include "libobs/store/duckdb_value.h"
#include "libobs/store/parquet_page.h"

namespace obs::store {
namespace {

// A dictionary in which a text stands for fewer rows than this saves nothing that a compressor does
// not save too. The first rows do not tell.
constexpr std::size_t kRowsAText = 4;
constexpr std::size_t kTellingTexts = 2048;
constexpr std::size_t kMaxDictionaryBytes = std::size_t{1} << 20;
// Texts one after another are looked through again from so many bytes on: thousands of records may
// share a resource of a megabyte, and memory for one of it is all that their sender has filled.
constexpr std::size_t kMaxLengthsBytes = std::size_t{64} << 20;
// Of a column that has been found not to repeat, so many row groups are not tried.
constexpr int kGroupsBetweenTries = 16;

// Longer bounds are not noted: nobody compares with such text.
constexpr std::size_t kMaxBound = 64;

std::string_view view_of(const duckdb_string_t& text) {
  return {text.length <= kInlineStringBytes ? text.prefix : text.pointer, text.length};
}

// Different texts, as PLAIN, by the order in which they came. Their places come back from add().
class TextDictionary {
 public:
  static constexpr std::uint32_t kFull = ~std::uint32_t{0};

  TextDictionary() : slots_(kLeastSlots) {}

  // `row` is how many were added before. kFull: it would be too large, or saves nothing.
  std::uint32_t add(std::string_view text, std::size_t row) {
    return find_or_add(text, [&] {
      const bool repeats = begins_.size() < kTellingTexts || begins_.size() * kRowsAText <= row;
      return repeats && plain_.size() + text.size() <= kMaxDictionaryBytes;
    });
  }
  std::uint32_t add_any(std::string_view text) {
    return find_or_add(text, [] { return true; });
  }

  std::string_view texts(std::uint32_t place) const {
    return std::string_view(plain_).substr(begins_[place].at, begins_[place].size);
  }
  std::size_t size() const { return begins_.size(); }
  const std::string& plain() const { return plain_; }

  void clear() {
    if (begins_.empty()) return;
    slots_.assign(std::max(kLeastSlots, std::bit_ceil(begins_.size() * 2)), Slot{});
    begins_.clear();
    plain_.clear();
  }

 private:
  static constexpr std::size_t kLeastSlots = 64;
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t place = 0;  // Plus 1; 0: free.
  };

  template <class MayGrow>
  std::uint32_t find_or_add(std::string_view text, MayGrow&& may_grow) {
    const std::uint64_t hash = hash64(text);
    std::size_t at = find(hash, text);
    if (slots_[at].place != 0) return slots_[at].place - 1;
    if (!may_grow()) return kFull;
    if (begins_.size() * 2 >= slots_.size()) {
      grow();
      at = find(hash, text);
    }
    const auto size = static_cast<std::uint32_t>(text.size());
    append_plain(plain_, std::span(&size, 1));
    begins_.push_back({plain_.size(), text.size()});
    plain_ += text;
    const auto count = static_cast<std::uint32_t>(begins_.size());
    slots_[at] = {hash, count};
    return count - 1;
  }

  // Its slot, or the free one for it.
  std::size_t find(std::uint64_t hash, std::string_view text) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].place != 0 &&
           (slots_[at].hash != hash || texts(slots_[at].place - 1) != text)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 4);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.place == 0) continue;
      std::size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].place != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  struct Begin {
    std::size_t at;
    std::size_t size;
  };
  std::vector<Slot> slots_;  // Open addressing; half of it is used at most.
  std::vector<Begin> begins_;
  std::string plain_;
};

class TextColumn final : public ParquetTexts {
 public:
  TextColumn(std::string name, ParquetMeaning meaning)
      : ParquetTexts(std::move(name), ParquetType::kBytes, meaning, false) {}

  void add(const DuckdbApi& api, duckdb_vector vector, idx_t rows) override {
    const VectorView view(api, vector);
    const auto* texts = static_cast<const duckdb_string_t*>(view.data);
    shape_.rows += rows;
    shape_.cells += rows;
    last_ = nullptr;  // What the last chunk pointed to is gone.
    for (idx_t row = 0; row < rows; ++row) {
      const bool is_null = view.is_null(row);
      shape_.definition.add(is_null ? 0 : 1, 1);
      is_null ? void(++shape_.nulls) : add(texts[row]);
    }
  }

  void add_text(std::string_view cell) override {
    shape_.definition.add(1, 1);
    ++shape_.rows;
    ++shape_.cells;
    is_dictionary_ ? void(add_to_dictionary(cell)) : add_length(cell);
  }

  void add_nulls(std::size_t count) override {
    shape_.definition.add(0, static_cast<std::uint32_t>(count));
    shape_.rows += count;
    shape_.cells += count;
    shape_.nulls += count;
  }

  std::size_t bytes() const override { return bytes_.size() + dictionary_.plain().size(); }

  ParquetChunk finish(std::string& out, std::uint64_t begin,
                      const ParquetPacking& packing) override {
    ParquetChunk chunk;
    chunk.offset = begin + out.size();
    if (!runs_.empty()) {
      append_dictionary(out, begin, packing.zstd_level, chunk);
    } else if (!lengths_.empty()) {
      append_lengths(out, begin, packing, chunk);
    } else {
      append_data_page(out, begin, shape_, false, {}, packing.zstd_level, chunk);
    }
    clear();
    return chunk;
  }

 private:
  void add(const duckdb_string_t& text) {
    if (!is_dictionary_) return add_length(view_of(text));
    // Texts of a batch's resource and scope are the same ones, row after row.
    if (last_ != nullptr && text.length == last_->length && text.length > kInlineStringBytes &&
        text.pointer == last_->pointer) {
      ++runs_.back().count;
      return;
    }
    if (add_to_dictionary(view_of(text))) last_ = &text;
  }

  // False: it had no room, and there is none any more.
  bool add_to_dictionary(std::string_view text) {
    const std::uint32_t place =
        is_forced_ ? dictionary_.add_any(text) : dictionary_.add(text, shape_.cells);
    if (place == TextDictionary::kFull) {
      give_dictionary_up();
      append(text);
      return false;
    }
    add_place(place);
    return true;
  }

  // One that points into memory which does not stay.
  void append(std::string_view text) {
    is_forced_ ? add_place(dictionary_.add_any(text)) : add_length(text);
  }

  void add_place(std::uint32_t place) {
    if (!runs_.empty() && runs_.back().value == place) {
      ++runs_.back().count;
    } else {
      runs_.push_back({place, 1});
    }
  }

  void add_length(std::string_view text) {
    lengths_.push_back(static_cast<std::int32_t>(text.size()));
    bytes_ += text;
    if (bytes_.size() > kMaxLengthsBytes) force_dictionary();
  }

  // Until the row group ends.
  void force_dictionary() {
    is_dictionary_ = is_forced_ = true;
    last_ = nullptr;
    const std::vector<std::int32_t> lengths = std::exchange(lengths_, {});
    const std::string bytes = std::exchange(bytes_, {});
    std::size_t at = 0;
    for (const std::int32_t length : lengths) {
      const auto size = static_cast<std::size_t>(length);
      add_place(dictionary_.add_any(std::string_view(bytes).substr(at, size)));
      at += size;
    }
  }

  void give_dictionary_up() {
    is_dictionary_ = false;
    last_ = nullptr;
    skip_ = kGroupsBetweenTries;
    const std::vector<ParquetRun> runs = std::exchange(runs_, {});
    const TextDictionary dictionary = std::exchange(dictionary_, {});
    for (const auto [value, count] : runs) {
      for (std::uint32_t i = 0; i < count; ++i) append(dictionary.texts(value));
    }
  }

  void append_dictionary(std::string& out, std::uint64_t begin, int zstd_level,
                         ParquetChunk& chunk) {
    append_dictionary_page(out, begin, dictionary_.size(), dictionary_.plain(), zstd_level, chunk);
    for (std::uint32_t i = 0; i < dictionary_.size(); ++i) note_bound(dictionary_.texts(i));
    set_bounds(chunk);
    const int width = bit_width_of(static_cast<std::uint32_t>(dictionary_.size() - 1));
    ParquetValues made{ParquetEncoding::kDictionary, std::string(1, static_cast<char>(width))};
    append_hybrid(made.bytes, runs_, width);
    append_data_page(out, begin, shape_, false, std::move(made), zstd_level, chunk);
  }

  void append_lengths(std::string& out, std::uint64_t begin, const ParquetPacking& packing,
                      ParquetChunk& chunk) {
    const std::span<const std::int32_t> lengths(lengths_);
    const std::size_t most = packing.page_bytes == 0 ? bytes_.max_size() : packing.page_bytes;
    ParquetShapeCutter shapes(shape_);
    std::size_t at = 0;
    for (std::size_t next = 0; next < lengths.size();) {
      const std::size_t first = next;
      const std::size_t from = at;
      while (next < lengths.size() && at - from + (next - first) * sizeof(lengths[0]) < most) {
        const auto size = static_cast<std::size_t>(lengths[next++]);
        note_bound(std::string_view(bytes_).substr(at, size));
        at += size;
      }
      ParquetValues made{ParquetEncoding::kLengths, {}};
      append_delta(made.bytes, lengths.subspan(first, next - first), DeltaWidth::kLeast);
      made.bytes.append(bytes_, from, at - from);
      append_data_page(out, begin, shapes.cut(next - first, next == lengths.size()), false,
                       std::move(made), packing.zstd_level, chunk);
    }
    set_bounds(chunk);
  }

  // `text` lives until set_bounds().
  void note_bound(std::string_view text) {
    if (meaning() != ParquetMeaning::kText) return;
    if (!has_bounds_) {
      min_ = max_ = text;
      has_bounds_ = true;
    } else if (text < min_) {
      min_ = text;
    } else if (text > max_) {
      max_ = text;
    }
  }

  void set_bounds(ParquetChunk& chunk) {
    // An empty one would say that none is known.
    const bool fit =
        has_bounds_ && !min_.empty() && min_.size() <= kMaxBound && max_.size() <= kMaxBound;
    if (!fit) return;
    chunk.min = min_;
    chunk.max = max_;
  }

  void clear() {
    dictionary_.clear();
    runs_.clear();
    lengths_.clear();
    bytes_.clear();
    shape_ = {};
    has_bounds_ = false;
    if (skip_ > 0) --skip_;
    is_dictionary_ = skip_ == 0;
    is_forced_ = false;
  }

  bool is_dictionary_ = true;
  bool is_forced_ = false;  // Whatever its size.
  int skip_ = 0;            // Groups, this one included, that have none.
  TextDictionary dictionary_;
  std::vector<ParquetRun> runs_;
  const duckdb_string_t* last_ = nullptr;  // Of this chunk, and the last run.

  std::vector<std::int32_t> lengths_;
  std::string bytes_;

  std::string_view min_, max_;
  bool has_bounds_ = false;
  ParquetShape shape_;
};

class BooleanColumn final : public ParquetBooleans {
 public:
  explicit BooleanColumn(std::string name)
      : ParquetBooleans(std::move(name), ParquetType::kBoolean, ParquetMeaning::kPlain, false) {}

  void add(const DuckdbApi& api, duckdb_vector vector, idx_t rows) override {
    const VectorView view(api, vector);
    for (idx_t row = 0; row < rows; ++row) {
      view.is_null(row) ? add_nulls(1) : add_cell(view.at<bool>(row));
    }
  }

  void add_cell(bool cell) override {
    shape_.definition.add(1, 1);
    ++shape_.rows;
    ++shape_.cells;
    values_.add(cell ? 1 : 0, 1);
  }

  void add_nulls(std::size_t count) override {
    shape_.definition.add(0, static_cast<std::uint32_t>(count));
    shape_.rows += count;
    shape_.cells += count;
    shape_.nulls += count;
  }

  std::size_t bytes() const override { return values_.runs().size_bytes(); }

  ParquetChunk finish(std::string& out, std::uint64_t begin,
                      const ParquetPacking& packing) override {
    ParquetChunk chunk;
    chunk.offset = begin + out.size();
    ParquetValues encoded{ParquetEncoding::kRle, std::string(sizeof(std::uint32_t), '\0')};
    append_hybrid(encoded.bytes, values_.runs(), 1);
    const auto size = static_cast<std::uint32_t>(encoded.bytes.size() - sizeof(std::uint32_t));
    std::memcpy(encoded.bytes.data(), &size, sizeof(size));
    append_data_page(out, begin, shape_, false, std::move(encoded), packing.zstd_level, chunk);
    note_bounds(chunk);
    values_.clear();
    shape_ = {};
    return chunk;
  }

 private:
  void note_bounds(ParquetChunk& chunk) const {
    std::array<bool, 2> has{};
    for (const ParquetRun run : values_.runs()) has[run.value] = true;
    if (!has[0] && !has[1]) return;
    chunk.min.assign(1, has[0] ? '\0' : '\1');
    chunk.max.assign(1, has[1] ? '\1' : '\0');
  }

  ParquetLevels values_;
  ParquetShape shape_;
};

}  // namespace

std::unique_ptr<ParquetTexts> make_text_column(std::string name, ParquetMeaning meaning) {
  return std::make_unique<TextColumn>(std::move(name), meaning);
}

std::unique_ptr<ParquetBooleans> make_boolean_column(std::string name) {
  return std::make_unique<BooleanColumn>(std::move(name));
}

}  // namespace obs::store
