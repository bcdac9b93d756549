// Rows as an aligned table.

#include <algorithm>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/tui/cell.h"
#include "libobs/tui/paint.h"
#include "libobs/tui/row_renderer.h"
#include "libobs/tui/table_layout.h"

namespace obs::tui {
namespace {

using model::Value;

// Rows looked at before the widths are settled. Later ones are cut to fit.
constexpr std::size_t kSampleRows = 1000;

// A cell is never wider, so that one stack trace does not push the rest off the screen.
constexpr std::size_t kMaxColumnWidth = 120;
// The same where no screen is to be filled: a table is as wide as its widest cell in each line.
constexpr std::size_t kMaxFreeWidth = 10'000;

using Cells = std::vector<std::string>;

// Durations are columns of nanoseconds; people read them as such.
std::string to_table_text(const store::Column& column, const Value& value) {
  const bool duration = column.name.ends_with("_ns") && value.kind() == model::ValueKind::kInt;
  return duration ? to_duration_text(value.as_int()) : to_cell_text(column.type, value);
}

class TableRenderer final : public RowRenderer {
 public:
  explicit TableRenderer(const RenderOptions& options)
      : options_(options), painter_(options.color) {}

  Result<void> begin(const std::vector<store::Column>& columns, std::string&) override {
    columns_ = columns;
    return {};
  }

  void add(std::span<const Value> row, std::string& out) override {
    Cells cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = to_table_text(columns_[i], row[i]);
      cells.push_back(fit(text, options_.width == 0 ? kMaxFreeWidth : kMaxColumnWidth));
    }
    if (settled_) return append_row(out, cells);
    waiting_.push_back(std::move(cells));
    if (waiting_.size() == kSampleRows) settle(out);
  }

  void flush(std::string& out) override {
    if (!settled_ && !waiting_.empty()) settle(out);
  }

  void finish(std::string& out) override {
    if (!settled_) settle(out);
  }

 private:
  void settle(std::string& out) {
    settled_ = true;
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < columns_.size(); ++i) wanted.push_back(wanted_width(i));
    widths_ = fit_columns(wanted, options_.width);
    append_header(out);
    for (const Cells& cells : waiting_) append_row(out, cells);
    waiting_.clear();
  }

  std::size_t wanted_width(std::size_t column) const {
    std::size_t width = display_width(to_safe(columns_[column].name));
    for (const Cells& cells : waiting_) width = std::max(width, display_width(cells[column]));
    return options_.width == 0 ? width : std::min(width, kMaxColumnWidth);
  }

  void append_header(std::string& out) const {
    std::string rule;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      append_aligned(out, i, columns_[i].name, kBold);
      if (i > 0) rule.append(kColumnGap, ' ');
      for (std::size_t column = 0; column < widths_[i]; ++column) rule += "─";
    }
    end_line(out);
    painter_.append(out, rule, kDim);
    out += '\n';
  }

  void append_row(std::string& out, const Cells& cells) const {
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      append_aligned(out, i, cells[i], style_of(i, cells[i]));
    }
    end_line(out);
  }

  // A table of which columns had to be left out says so on each line.
  void end_line(std::string& out) const {
    if (widths_.size() < columns_.size()) out += "…";
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  }

  void append_aligned(std::string& out, std::size_t column, std::string_view text,
                      Style style) const {
    if (column > 0) out.append(kColumnGap, ' ');
    const std::string shown = fit(text, widths_[column]);
    const std::size_t used = display_width(shown);
    const bool right = is_numeric(columns_[column].type);
    if (right) append_padding(out, used, widths_[column]);
    painter_.append(out, shown, style);
    if (!right) append_padding(out, used, widths_[column]);
  }

  Style style_of(std::size_t column, std::string_view text) const {
    const std::string& name = columns_[column].name;
    if (name == "severity" || name == "status") return severity_style(text);
    if (name == "service") return service_style(text);
    return kPlain;
  }

  RenderOptions options_;
  Painter painter_;
  std::vector<store::Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<Cells> waiting_;
  bool settled_ = false;
};

}  // namespace

std::unique_ptr<RowRenderer> make_table_renderer(const RenderOptions& options) {
  return std::make_unique<TableRenderer>(options);
}

}  // namespace obs::tui
