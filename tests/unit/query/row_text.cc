#include "tests/unit/query/row_text.h"

#include "libobs/codec/json.h"

namespace obs::query {

std::string to_text(std::span<const model::Value> row) {
  std::string line;
  for (const model::Value& value : row) {
    if (&value != row.data()) line += '|';
    if (value.is_string()) {
      line += value.as_string();
    } else if (value.kind() == model::ValueKind::kEmpty) {
      line += "∅";
    } else {
      codec::append_plain_value(line, value);
    }
  }
  return line;
}

std::vector<std::string> read_rows(store::RowStream& stream) {
  std::vector<std::string> lines;
  while (true) {
    std::span<const model::Value> row;
    auto more = stream.next(row);
    if (!more) return {"error: " + more.error().message};
    if (!*more) return lines;
    lines.push_back(to_text(row));
  }
}

}  // namespace obs::query
