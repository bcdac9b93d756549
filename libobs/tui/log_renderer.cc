// Log records as lines for people:
//
//   2026-11-22 10:15:30.123 ERROR checkout  payment declined  http.route=/pay user.id=4242

#include <algorithm>
#include <optional>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/tui/cell.h"
#include "libobs/tui/paint.h"
#include "libobs/tui/row_renderer.h"

namespace obs::tui {
namespace {

using model::Value;

constexpr std::size_t kSeverityWidth = 5;     // "ERROR"
constexpr std::size_t kMaxServiceWidth = 24;  // Longer names push the text, once.
constexpr std::size_t kMaxAttributeWidth = 200;

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

class LogRenderer final : public RowRenderer {
 public:
  explicit LogRenderer(const RenderOptions& options) : painter_(options.color) {}

  Result<void> begin(const std::vector<store::Column>& columns, std::string&) override {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (Slot& slot : slots()) {
        if (columns[i].name == slot.name) *slot.column = i;
      }
    }
    if (time_ && body_ && severity_ && service_ && attributes_) return {};
    return fail(Errc::kInternal, "log lines are drawn from the columns of logs");
  }

  void add(std::span<const Value> row, std::string& out) override {
    painter_.append(out, to_cell_text(store::ColumnType::kTimestamp, row[*time_]), kDim);
    out += ' ';
    append_severity(out, text(row[*severity_]));
    out += ' ';
    append_service(out, text(row[*service_]));
    out += "  ";
    append_body(out, row);
    append_attributes(out, text(row[*attributes_]));
    out += '\n';
  }

  void finish(std::string&) override {}

 private:
  struct Slot {
    std::string_view name;
    std::optional<std::size_t>* column;
  };
  std::vector<Slot> slots() {
    return {{"time", &time_}, {"severity", &severity_},     {"service", &service_},
            {"body", &body_}, {"event_name", &event_name_}, {"attributes", &attributes_}};
  }

  static std::string_view text(const Value& value) {
    return value.is_string() ? value.as_string() : std::string_view();
  }

  void append_severity(std::string& out, std::string_view name) const {
    const std::string shown = fit(to_upper(name), kSeverityWidth);
    painter_.append(out, shown, severity_style(name));
    append_padding(out, display_width(shown), kSeverityWidth);
  }

  // As wide as the widest so far, so that lines stay aligned without being waited for.
  void append_service(std::string& out, std::string_view service) {
    const std::string shown = service.empty() ? "-" : to_safe(service);
    const std::size_t width = display_width(shown);
    service_width_ = std::max(service_width_, std::min(width, kMaxServiceWidth));
    painter_.append(out, shown, service_style(service));
    append_padding(out, width, service_width_);
  }

  // A body of several lines, as stack traces are, goes on below, indented.
  void append_body(std::string& out, std::span<const Value> row) const {
    std::string_view body = text(row[*body_]);
    const bool is_event = body.empty() && event_name_;
    if (is_event) body = text(row[*event_name_]);
    bool first = true;
    for (std::string_view line : split(trim(body), '\n')) {
      if (!first) out += "\n    ";
      first = false;
      if (line.ends_with('\r')) line.remove_suffix(1);
      painter_.append(out, to_safe(line), is_event ? kBold : kPlain);
    }
  }

  void append_attributes(std::string& out, std::string_view json) const {
    if (json.empty() || json == "{}") return;
    Arena arena;
    const auto attributes = codec::parse_record_value(json, arena);
    if (!attributes || attributes->kind() != model::ValueKind::kMap) return;
    std::string shown;
    for (const model::KeyValue& entry : attributes->as_map()) {
      shown += shown.empty() ? "  " : " ";
      append_safe(shown, entry.key);
      std::string value;
      if (entry.value.is_string()) {
        value = entry.value.as_string();
      } else {
        codec::append_plain_value(value, entry.value);
      }
      shown += '=' + fit(value, kMaxAttributeWidth);
    }
    painter_.append(out, shown, kDim);
  }

  Painter painter_;
  std::optional<std::size_t> time_, severity_, service_, body_, event_name_, attributes_;
  std::size_t service_width_ = 0;
};

}  // namespace

std::unique_ptr<RowRenderer> make_log_renderer(const RenderOptions& options) {
  return std::make_unique<LogRenderer>(options);
}

}  // namespace obs::tui
