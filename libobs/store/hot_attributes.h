// Hot attributes: those that a part keeps in columns of their own, `attributes.<key>`, and not in
// the JSON of column `attributes`. A part's set is chosen from its own rows (hot_choice.h), and the
// catalog knows it.
//
// In such a part each value of the key has the column's type, and no record has the key twice. So a
// record's attributes are those of the columns that are not NULL and those of the JSON, and nothing
// is in both. Pure. Internal to libobs/store.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::store {

enum class HotType : std::uint8_t { kText, kInt, kBool };

struct HotAttribute {
  std::string key;
  HotType type = HotType::kText;

  friend bool operator==(const HotAttribute&, const HotAttribute&) = default;
};

// By key. No two keys are the same to DuckDB, for which `User` and `user` name one column.
using HotAttributes = std::vector<HotAttribute>;

// A column costs a page in each row group, used or not: more of them than this make reading the
// footers slower than the columns make reading the rows faster.
inline constexpr std::size_t kMaxHotAttributes = 32;
// Longer keys are somebody's data.
inline constexpr std::size_t kMaxHotKeyBytes = 128;

// Whether parts of the signal have such columns. Points do not: their attributes repeat from point
// to point, which the dictionary of one column says best.
bool has_hot_attributes(model::Signal signal);

// Whether a column can be called after it.
bool can_name_column(std::string_view key);
// "attributes.http.route"
std::string column_of(std::string_view key);
// "VARCHAR", "BIGINT" or "BOOLEAN".
std::string_view to_sql_type(HotType type);
// The type of a column that can hold the value; nullopt: none can.
std::optional<HotType> hot_type_of(const model::Value& value);

const HotAttribute* find_hot(std::span<const HotAttribute> hot, std::string_view key);

// As the catalog has it: {"http.route":"VARCHAR","http.status":"BIGINT"}. kMalformed when `json` is
// nothing of the kind.
std::string to_json(std::span<const HotAttribute> hot);
Result<HotAttributes> parse_hot_attributes(std::string_view json);

// The attributes of every record of a batch.
std::span<const model::Attributes> attributes_of(const model::Batch& batch);

// Finds the place of a key in a set. Records come with their keys in the same order mostly, so
// that the place in its record tells which key it is, and a comparison confirms it.
class HotIndex {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  // `hot` outlives the index; at most kSlots / 2 of them.
  explicit HotIndex(std::span<const HotAttribute> hot);

  // `at` is the attribute's place in its record.
  std::size_t find(std::string_view key, std::size_t at) {
    if (at >= kPlaces) return look_up(key);
    const std::size_t guess = guesses_[at];
    if (guess < hot_.size() && hot_[guess].key == key) return guess;
    const std::size_t found = look_up(key);
    if (found != kNone) guesses_[at] = static_cast<std::uint8_t>(found);
    return found;
  }

 private:
  static constexpr std::size_t kSlots = 256;
  static constexpr std::size_t kPlaces = 32;
  static constexpr std::uint8_t kFree = 0xff;

  std::size_t look_up(std::string_view key) const;

  std::span<const HotAttribute> hot_;
  std::array<std::uint8_t, kSlots> slots_;  // By hash; open addressing.
  std::array<std::uint8_t, kPlaces> guesses_{};
};

}  // namespace obs::store
