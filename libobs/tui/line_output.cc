#include "libobs/tui/line_output.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

using model::Value;
using model::ValueKind;

// Lines looked at before the columns are settled, or fewer when they are long.
constexpr std::size_t kSampleLines = 1000;
constexpr std::size_t kSampleBytes = 8 << 20;
// Lines for which growing, which takes twice the room, would be too much.
constexpr std::size_t kLongLines = 4 << 20;

store::ColumnType type_of(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool: return store::ColumnType::kBool;
    case ValueKind::kInt: return store::ColumnType::kInt;
    case ValueKind::kDouble: return store::ColumnType::kDouble;
    default: return store::ColumnType::kText;
  }
}

// The type of a column that has held the one and now holds the other.
store::ColumnType common(store::ColumnType a, store::ColumnType b) {
  using T = store::ColumnType;
  if (a == b) return a;
  const bool numbers = (a == T::kInt && b == T::kDouble) || (a == T::kDouble && b == T::kInt);
  return numbers ? T::kDouble : T::kText;
}

template <class Visit>
void each_line(std::string_view lines, Visit&& visit) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    visit(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

// Makes a renderer whose rows do not depend on the rows before them.
using MakeRenderer = std::unique_ptr<RowRenderer> (*)();

class Rows final : public OutputFormat {
 public:
  // Without `make`, rows can only be drawn one after the other.
  Rows(std::unique_ptr<RowRenderer> renderer, MakeRenderer make)
      : renderer_(std::move(renderer)), make_(make) {}

  void add(std::string_view lines, std::string& out) override {
    each_line(lines, [&](std::string_view line) { add_line(line, out); });
  }

  bool draw(std::string_view lines, std::string& out) const override {
    if (make_ == nullptr || !begun_) return false;
    const auto renderer = make_();
    std::string header;
    (void)renderer->begin(columns_, header);
    each_line(lines, [&](std::string_view line) { render(line, *renderer, out); });
    return true;
  }

  void flush(std::string& out) override {
    if (!begun_ && !sample_.empty()) begin(out);
    if (begun_) renderer_->flush(out);
  }

  void finish(std::string& out) override {
    if (!begun_) begin(out);
    renderer_->finish(out);
  }

 private:
  void add_line(std::string_view line, std::string& out) {
    if (begun_) return render(line, *renderer_, out);
    if (sample_.size() + 1 < kSampleLines && sample_bytes_ + line.size() < kSampleBytes) {
      sample_bytes_ += line.size();
      sample_.emplace_back(line);
      return;
    }
    begin(out, line);
    render(line, *renderer_, out);
  }

  // `last` is of the sample too, but not shown.
  void begin(std::string& out, std::string_view last = {}) {
    for (const std::string& line : sample_) learn(line);
    if (!last.empty()) learn(last);
    (void)renderer_->begin(columns_, out);
    for (const std::string& line : sample_) render(line, *renderer_, out);
    sample_.clear();
    begun_ = true;
  }

  void learn(std::string_view line) {
    Arena arena;
    for (const auto& [key, cell] : members_of(line, arena)) learn(key, cell);
  }

  void learn(std::string_view key, const Value& cell) {
    auto column = std::find_if(columns_.begin(), columns_.end(),
                               [&](const store::Column& one) { return one.name == key; });
    const bool is_new = column == columns_.end();
    if (is_new) column = columns_.insert(column, {std::string(key), type_of(cell)});
    const bool says_type = cell.kind() != ValueKind::kEmpty && cell.kind() != ValueKind::kNone;
    if (!is_new && says_type) column->type = common(column->type, type_of(cell));
  }

  // A line that is no object to the letter is a body: no line is lost.
  static model::Attributes members_of(std::string_view line, Arena& arena) {
    const auto value = codec::parse_record_value(line, arena);
    if (value && value->kind() == ValueKind::kMap) return value->as_map();
    const model::KeyValue body{"body", Value::string(arena.adopt(repair_utf8(line)))};
    return arena.copy_array(std::span(&body, 1));
  }

  void render(std::string_view line, RowRenderer& renderer, std::string& out) const {
    if (line.size() > kLongLines) out.reserve(out.size() + line.size() + line.size() / 8);
    Arena arena;
    const model::Attributes members = members_of(line, arena);
    std::vector<Value> row;
    for (const store::Column& column : columns_) {
      const Value* const cell = model::find_attribute(members, column.name);
      row.push_back(cell == nullptr ? Value::empty() : to_cell(*cell, column.type, arena));
    }
    renderer.add(row, out);
  }

  // A column of mixed kinds is one of text.
  static Value to_cell(const Value& cell, store::ColumnType type, Arena& arena) {
    if (cell.kind() == ValueKind::kNone) return Value::empty();
    if (cell.kind() == ValueKind::kInt && type == store::ColumnType::kDouble) {
      return Value::number(static_cast<double>(cell.as_int()));
    }
    const bool fits = cell.is_string() || cell.kind() == ValueKind::kEmpty || type_of(cell) == type;
    if (fits && type_of(cell) == type && cell.kind() < ValueKind::kBytes) return cell;
    if (cell.is_string() || cell.kind() == ValueKind::kEmpty) return cell;
    std::string text;
    codec::append_record_value(text, cell);
    return Value::string(arena.copy(text));
  }

  std::unique_ptr<RowRenderer> renderer_;
  MakeRenderer make_;
  std::vector<std::string> sample_;
  std::size_t sample_bytes_ = 0;
  std::vector<store::Column> columns_;
  std::atomic<bool> begun_ = false;  // The columns stay as they are from now on.
};

class JsonArray final : public OutputFormat {
 public:
  void add(std::string_view lines, std::string& out) override {
    each_line(lines, [&](std::string_view line) {
      out += begun_ ? ",\n" : "[";
      begun_ = true;
      out += line;
    });
  }
  bool draw(std::string_view lines, std::string& out) const override {
    if (!begun_) return false;
    each_line(lines, [&out](std::string_view line) { (out += ",\n") += line; });
    return true;
  }
  void finish(std::string& out) override { out += begun_ ? "]\n" : "[]\n"; }

 private:
  std::atomic<bool> begun_ = false;
};

}  // namespace

std::unique_ptr<OutputFormat> make_output(std::string_view format, const OutputOptions& options) {
  if (format == "json") return std::make_unique<JsonArray>();
  const RenderOptions render{options.width, options.color};
  if (format == "table") return std::make_unique<Rows>(make_table_renderer(render), nullptr);
  if (format == "csv") return std::make_unique<Rows>(make_csv_renderer(), make_csv_renderer);
  if (format == "markdown") {
    return std::make_unique<Rows>(make_markdown_renderer(), make_markdown_renderer);
  }
  return nullptr;
}

}  // namespace obs::tui
