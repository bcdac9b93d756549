#include "libobs/store/scan_condition.h"

#include <fmt/format.h>

#include "libobs/store/attribute_pointer.h"
#include "libobs/store/duckdb.h"
#include "libobs/store/session.h"

namespace obs::store {
namespace {

constexpr std::int32_t kLastSeverity = 24;

class Conditions {
 public:
  void add(const std::string& condition) {
    if (!text_.empty()) text_ += " AND ";
    text_ += condition;
  }

  void add_time(std::string_view comparison, const std::optional<Timestamp>& time) {
    if (time) add(fmt::format("time {} TIMESTAMP_NS '{}'", comparison, to_rfc3339(*time)));
  }

  void add_equal(std::string_view column, std::string_view value) {
    add(fmt::format("{} = {}", column, to_sql_string(value)));
  }

  std::string text() const { return text_.empty() ? "true" : text_; }

 private:
  std::string text_;
};

std::string quoted_list(const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) {
    if (!list.empty()) list += ", ";
    list += to_sql_string(value);
  }
  return list;
}

}  // namespace

std::vector<std::string> keys_of(const ScanFilter& filter) {
  std::vector<std::string> keys;
  for (const AttributeValue& attribute : filter.attributes) keys.push_back(attribute.key);
  return keys;
}

std::string to_condition(model::Signal signal, const ScanFilter& filter) {
  const std::string_view text = signal == model::Signal::kSpans ? "name" : "body";
  Conditions all;
  all.add_time(">=", filter.since);
  all.add_time("<", filter.until);
  if (filter.project) all.add_equal("project", *filter.project);
  if (filter.services.size() == 1) all.add_equal("service", filter.services[0]);
  if (filter.services.size() > 1) {
    all.add(fmt::format("service IN ({})", quoted_list(filter.services)));
  }
  if (!filter.trace_id.empty()) all.add_equal("trace_id", filter.trace_id);
  if (filter.least_severity > 0) all.add(severity_condition(filter.least_severity));
  for (std::size_t i = 0; i < filter.attributes.size(); ++i) {
    all.add_equal(attribute_column(i), filter.attributes[i].value);
  }
  for (const auto& [key, value] : filter.resource) {
    if (key == "service.name") {
      all.add_equal("service", value);
    } else {
      all.add_equal(
          fmt::format("json_extract_string(resource, {})", to_sql_string(to_pointer(key))), value);
    }
  }
  for (const std::string& substring : filter.substrings) {
    all.add(fmt::format("contains({}, {})", text, to_sql_string(substring)));
  }
  for (const std::string& phrase : filter.phrases) {
    all.add(fmt::format("has({}, {})", text, to_sql_string(phrase)));
  }
  return all.text();
}

// A record without a number has its name from what its sender called it.
std::string severity_condition(std::int32_t least) {
  std::vector<std::string> names;
  for (std::int32_t number = least; number <= kLastSeverity; ++number) {
    const std::string_view name = model::severity_name(number);
    if (names.empty() || name != names.back()) names.emplace_back(name);
  }
  return fmt::format("(severity_number >= {} OR (severity_number IS NULL AND severity IN ({})))",
                     least, quoted_list(names));
}

}  // namespace obs::store
