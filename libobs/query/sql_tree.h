// The syntax tree of an SQL statement as DuckDB's json_serialize_sql spells it: JSON that can be
// looked into, changed and written back.
//
// codec/json.h will not do: the tree holds integers up to 2^64 - 1, which must come back exactly,
// and it has to be changed in place. So a number keeps the spelling it came in.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"

namespace obs::query {

// Nesting of the JSON; an expression takes two levels. A chain of 500 operators still fits.
inline constexpr int kMaxSqlTreeDepth = 1024;

class SqlNode {
 public:
  enum class Kind : std::uint8_t {
    kWord,  // null, true, false or a number, as spelled.
    kString,
    kArray,
    kObject,
  };

  SqlNode() : text_("null") {}
  static SqlNode word(std::string_view spelling);
  static SqlNode string(std::string_view text);
  static SqlNode array(std::vector<SqlNode> items = {});
  static SqlNode object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kWord && text_ == "null"; }
  bool is_object() const { return kind_ == Kind::kObject; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_string() const { return kind_ == Kind::kString; }

  // The spelling of a word, the text of a string; empty for the others.
  const std::string& text() const { return text_; }

  // An array's items, or an object's values beside names().
  const std::vector<SqlNode>& items() const { return items_; }
  std::vector<SqlNode>& items() { return items_; }
  const std::vector<std::string>& names() const { return names_; }

  // A member of an object; nullptr when there is none, or this is no object.
  const SqlNode* find(std::string_view name) const;
  SqlNode* find(std::string_view name);
  // The text of a member; empty when there is none.
  std::string_view text_of(std::string_view name) const;
  // Replaces a member or adds it. Returns *this, for building a node in one go.
  SqlNode& set(std::string_view name, SqlNode value);

 private:
  Kind kind_ = Kind::kWord;
  std::string text_;
  std::vector<std::string> names_;
  std::vector<SqlNode> items_;
};

// kLimitExceeded: nested beyond kMaxSqlTreeDepth. kMalformed: not such JSON, or a number that is
// none (DuckDB writes 1e500 as Infinity, which it cannot read back).
Result<SqlNode, ParseError> parse_sql_tree(std::string_view json);
std::string to_json(const SqlNode& node);

// Where in the statement a node began: a byte offset, when DuckDB kept it.
std::optional<std::size_t> find_location(const SqlNode& node);

}  // namespace obs::query
