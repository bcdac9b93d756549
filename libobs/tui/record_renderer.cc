// Records as lines of obs-record(5).

#include "libobs/query/record_line.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

class RecordRenderer final : public RowRenderer {
 public:
  RecordRenderer(model::Signal signal, bool as_array) : signal_(signal), as_array_(as_array) {}

  Result<void> begin(const std::vector<store::Column>&, std::string& out) override {
    if (as_array_) out += '[';
    return {};
  }

  void add(std::span<const model::Value> row, std::string& out) override {
    if (as_array_) out += first_ ? "\n" : ",\n";
    first_ = false;
    query::append_record_line(out, signal_, row);
    if (as_array_) out.pop_back();
  }

  void finish(std::string& out) override {
    if (as_array_) out += first_ ? "]\n" : "\n]\n";
  }

 private:
  model::Signal signal_;
  bool as_array_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<RowRenderer> make_record_renderer(model::Signal signal, bool as_array) {
  return std::make_unique<RecordRenderer>(signal, as_array);
}

}  // namespace obs::tui
