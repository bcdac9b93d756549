// Reads the JSON of a syntax tree. Internal to query/sql_tree.h.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/query/sql_tree.h"

namespace obs::query {

class SqlTreeReader {
 public:
  explicit SqlTreeReader(std::string_view json) : json_(json) {}
  // The one document `json` holds.
  Result<SqlNode, ParseError> read();

 private:
  using Node = Result<SqlNode, ParseError>;

  Node read_value(int depth);
  Node read_array(int depth);
  Node read_object(int depth);
  Node read_word();
  Result<std::string, ParseError> read_string();
  bool append_escape(std::string& out);
  bool append_unicode_escape(std::string& out);

  void skip_space();
  bool take(char wanted);
  Failure<ParseError> refuse(std::string_view what) const;

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace obs::query
