// Rows as charts: which columns are the axis, the labels and the values.

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "libobs/tui/cell.h"
#include "libobs/tui/chart.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

using model::Value;
using store::ColumnType;

// A chart of more says nothing, and its values are kept in memory.
constexpr std::size_t kMaxPoints = 200'000;
constexpr std::size_t kMaxBars = 100;
constexpr std::size_t kMaxPanels = 8;
constexpr std::size_t kDefaultWidth = 80;

class ChartRenderer final : public RowRenderer {
 public:
  explicit ChartRenderer(const RenderOptions& options)
      : width_(options.width == 0 ? kDefaultWidth : options.width), painter_(options.color) {}

  Result<void> begin(const std::vector<store::Column>& columns, std::string&) override {
    columns_ = columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const ColumnType type = columns[i].type;
      if (is_numeric(type)) values_.push_back(i);
      if (type == ColumnType::kTimestamp && !time_) time_ = i;
      if (type == ColumnType::kText && !label_) label_ = i;
    }
    if (!values_.empty()) return {};
    return fail(Errc::kInvalidArgument, "a chart needs a column of numbers, and there is none");
  }

  void add(std::span<const Value> row, std::string&) override {
    for (std::size_t column : values_) {
      if (time_) {
        add_point(row, column);
      } else {
        add_bar(row, column);
      }
    }
  }

  void finish(std::string& out) override {
    for (const Curve& curve : curves_) append_curve(out, curve, width_, painter_);
    for (const Panel& panel : panels_) {
      append_bars(out, panel.name, panel.bars, width_, painter_);
    }
    if (left_out_ > 0) out += fmt::format("{} values more are not drawn\n", left_out_);
  }

 private:
  struct Panel {
    std::string name;
    std::vector<Bar> bars;
  };

  // A curve for each label when there is one column of numbers, else for each such column.
  std::string curve_name(std::span<const Value> row, std::size_t column) const {
    if (!label_) return columns_[column].name;
    const std::string label = to_cell_text(ColumnType::kText, row[*label_]);
    return values_.size() == 1 ? label : label + " " + columns_[column].name;
  }

  void add_point(std::span<const Value> row, std::size_t column) {
    const double number = to_number(row[column]);
    const Value& time = row[*time_];
    if (!std::isfinite(number) || time.kind() != model::ValueKind::kInt) return;
    Curve* curve = find_or_add(curves_, curve_name(row, column));
    if (curve == nullptr || points_ == kMaxPoints) {
      ++left_out_;
      return;
    }
    ++points_;
    curve->points.push_back({time.as_int(), number});
  }

  void add_bar(std::span<const Value> row, std::size_t column) {
    Panel* panel = find_or_add(panels_, columns_[column].name);
    if (panel == nullptr || panel->bars.size() == kMaxBars) {
      ++left_out_;
      return;
    }
    const std::string label = label_ ? to_cell_text(ColumnType::kText, row[*label_])
                                     : fmt::format("{}", panel->bars.size() + 1);
    panel->bars.push_back({label, to_number(row[column])});
  }

  template <class Item>
  static Item* find_or_add(std::vector<Item>& items, const std::string& name) {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const Item& item) { return item.name == name; });
    if (found != items.end()) return &*found;
    if (items.size() == kMaxPanels) return nullptr;
    items.push_back({name, {}});
    return &items.back();
  }

  std::size_t width_;
  Painter painter_;
  std::vector<store::Column> columns_;
  std::vector<std::size_t> values_;  // Columns of numbers.
  std::optional<std::size_t> time_;
  std::optional<std::size_t> label_;
  std::vector<Curve> curves_;
  std::vector<Panel> panels_;
  std::size_t points_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace

std::unique_ptr<RowRenderer> make_chart_renderer(const RenderOptions& options) {
  return std::make_unique<ChartRenderer>(options);
}

}  // namespace obs::tui
