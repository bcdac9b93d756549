// Rows as JSON: one object a line, or one array of them.

#include "libobs/base/text.h"
#include "libobs/tui/cell.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

class ObjectWriter {
 public:
  void begin(const std::vector<store::Column>& columns) {
    for (const store::Column& column : columns) {
      std::string key = keys_.empty() ? "{" : ",";
      append_json_string(key, column.name);
      keys_.push_back(key + ':');
      types_.push_back(column.type);
    }
  }

  void add(std::span<const model::Value> row, std::string& out) const {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += keys_[i];
      append_cell_json(out, types_[i], row[i]);
    }
    out += row.empty() ? "{}" : "}";
  }

 private:
  std::vector<std::string> keys_;  // With what stands before and after.
  std::vector<store::ColumnType> types_;
};

class NdjsonRenderer final : public RowRenderer {
 public:
  Result<void> begin(const std::vector<store::Column>& columns, std::string&) override {
    object_.begin(columns);
    return {};
  }
  void add(std::span<const model::Value> row, std::string& out) override {
    object_.add(row, out);
    out += '\n';
  }
  void finish(std::string&) override {}

 private:
  ObjectWriter object_;
};

class JsonRenderer final : public RowRenderer {
 public:
  Result<void> begin(const std::vector<store::Column>& columns, std::string& out) override {
    object_.begin(columns);
    out += '[';
    return {};
  }
  void add(std::span<const model::Value> row, std::string& out) override {
    out += first_ ? "\n" : ",\n";
    first_ = false;
    object_.add(row, out);
  }
  void finish(std::string& out) override { out += first_ ? "]\n" : "\n]\n"; }

 private:
  ObjectWriter object_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<RowRenderer> make_ndjson_renderer() { return std::make_unique<NdjsonRenderer>(); }
std::unique_ptr<RowRenderer> make_json_renderer() { return std::make_unique<JsonRenderer>(); }

}  // namespace obs::tui
