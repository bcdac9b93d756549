// Rows as a table of GitHub-flavoured Markdown.

#include "libobs/tui/cell.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

// What would end a cell or a row, or begin a tag.
void append_escaped(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '|': out += "\\|"; break;
      case '\\': out += "\\\\"; break;
      case '<': out += "&lt;"; break;
      case '\n': out += "<br>"; break;
      case '\r': break;
      default: out += c;
    }
  }
}

class MarkdownRenderer final : public RowRenderer {
 public:
  Result<void> begin(const std::vector<store::Column>& columns, std::string& out) override {
    columns_ = columns;
    for (const store::Column& column : columns) {
      out += "| ";
      append_escaped(out, column.name);
      out += ' ';
    }
    out += "|\n";
    for (const store::Column& column : columns) {
      out += is_numeric(column.type) ? "| ---: " : "| --- ";
    }
    out += "|\n";
    return {};
  }

  void add(std::span<const model::Value> row, std::string& out) override {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += "| ";
      if (row[i].is_string()) {  // Long ones are not copied twice.
        append_escaped(out, row[i].as_string());
      } else {
        cell_.clear();
        append_cell_text(cell_, columns_[i].type, row[i]);
        append_escaped(out, cell_);
      }
      out += ' ';
    }
    out += "|\n";
  }

  void finish(std::string&) override {}

 private:
  std::vector<store::Column> columns_;
  std::string cell_;
};

}  // namespace

std::unique_ptr<RowRenderer> make_markdown_renderer() {
  return std::make_unique<MarkdownRenderer>();
}

}  // namespace obs::tui
