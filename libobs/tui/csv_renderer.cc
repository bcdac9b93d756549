// Rows as CSV (RFC 4180), but for lines that end as they do on Unix.

#include "libobs/tui/cell.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

void append_field(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvRenderer final : public RowRenderer {
 public:
  Result<void> begin(const std::vector<store::Column>& columns, std::string& out) override {
    columns_ = columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      append_field(out, columns[i].name);
    }
    out += "\n";
    return {};
  }

  void add(std::span<const model::Value> row, std::string& out) override {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      if (row[i].kind() == model::ValueKind::kEmpty) continue;
      if (row[i].is_string()) {  // Long ones are not copied twice.
        append_field(out, row[i].as_string());
        continue;
      }
      field_.clear();
      append_cell_text(field_, columns_[i].type, row[i]);
      append_field(out, field_);
    }
    out += "\n";
  }

  void finish(std::string&) override {}

 private:
  std::vector<store::Column> columns_;
  std::string field_;
};

}  // namespace

std::unique_ptr<RowRenderer> make_csv_renderer() { return std::make_unique<CsvRenderer>(); }

}  // namespace obs::tui
