#include "libobs/query/record_line.h"

#include <cmath>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/json_members.h"
#include "libobs/query/record_members.h"

namespace obs::query {
namespace {

using codec::JsonMember;
using model::Signal;
using model::Value;
using model::ValueKind;

constexpr std::string_view kExtraColumn = "extra";

std::string_view opening(Signal signal) {
  switch (signal) {
    case Signal::kLogs: return R"({"signal":"log")";
    case Signal::kSpans: return R"({"signal":"span")";
    case Signal::kMetrics: break;
  }
  return R"({"signal":"metric")";
}

class Line {
 public:
  // `extra` is the row's first column.
  Line(std::string& out, std::span<const Value> row) : out_(out), row_(row) {
    const Value& extra = row[0];
    if (extra.is_string()) extra_ = codec::split_members(extra.as_string());
  }

  void append(std::span<const RecordMember> members) {
    for (const RecordMember& member : members) {
      if (member.make == Make::kExtra) {
        append_extra(member.key);
        continue;
      }
      const Value& value = row_[next_++];
      if (value.kind() == ValueKind::kEmpty) continue;
      // What a column cannot hold exactly stands in `extra` as well, as it was.
      if (!append_extra(member.key)) append_member(member, value);
    }
  }

 private:
  void append_member(const RecordMember& member, const Value& value) {
    switch (member.make) {
      case Make::kText:
        if (!is_empty_name(member.key, value)) append_json_string(key(member.key), text(value));
        return;
      case Make::kObservedTime:
        if (find_extra("observed_time_source")) return;
        [[fallthrough]];
      case Make::kTime: return append_time(member.key, value);
      case Make::kNumberUnlessZero:
        if (value.kind() == ValueKind::kInt && value.as_int() == 0) return;
        [[fallthrough]];
      case Make::kNumber: return append_number(key(member.key), value);
      case Make::kDoubleUnlessZero:
        // By bits: minus zero is not nothing.
        if (value.as_double() == 0 && !std::signbit(value.as_double())) return;
        [[fallthrough]];
      case Make::kDouble: return codec::append_record_double(key(member.key), value.as_double());
      case Make::kTrue:
        if (value.as_bool()) key(member.key) += "true";
        return;
      case Make::kJson:
        if (text(value) != "{}") key(member.key) += text(value);
        return;
      case Make::kList: return append_list(member.key, value);
      case Make::kSeverityNumber: return append_severity(value);
      case Make::kBody: return append_body(value);
      case Make::kName: return append_name(member.key, text(value));
      case Make::kValueInt:
        append_number(key("value"), value);
        has_int_ = true;
        return;
      case Make::kValue:
        if (!has_int_) codec::append_record_double(key("value"), value.as_double());
        return;
      case Make::kProject:
        if (text(value) != "default") append_json_string(key("project"), text(value));
        return;
      case Make::kExtra: return;
    }
  }

  static std::string_view text(const Value& value) {
    return value.is_string() ? value.as_string() : std::string_view();
  }

  // A service may be empty; a name that is was not sent.
  static bool is_empty_name(std::string_view key, const Value& value) {
    return key != "service" && text(value).empty();
  }

  std::string& key(std::string_view name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
    return out_;
  }

  void append_time(std::string_view name, const Value& value) {
    key(name) += '"';
    append_rfc3339(out_, value.as_int());
    out_ += '"';
  }

  // Beyond int64 a number comes as its digits.
  static void append_number(std::string& out, const Value& value) {
    if (value.is_string()) {
      out += value.as_string();
    } else {
      append_int(out, value.as_int());
    }
  }

  void append_list(std::string_view name, const Value& value) {
    if (value.kind() != ValueKind::kArray || value.as_array().empty()) return;
    key(name) += '[';
    for (const Value& item : value.as_array()) {
      if (&item != value.as_array().data()) out_ += ',';
      if (item.kind() == ValueKind::kDouble) {
        codec::append_record_double(out_, item.as_double());
      } else {
        append_number(out_, item);
      }
    }
    out_ += ']';
  }

  // The column `severity` is not used: a record without a number has it from its text.
  void append_severity(const Value& value) {
    const std::string_view name = model::severity_name(static_cast<std::int32_t>(value.as_int()));
    if (!name.empty()) append_json_string(key("severity"), name);
    append_int(key("severity_number"), value.as_int());
  }

  void append_body(const Value& value) {
    if (find_extra("body_json")) {
      key("body") += text(value);
    } else {
      append_json_string(key("body"), text(value));
    }
  }

  void append_name(std::string_view name, std::string_view word) {
    if (word == "unspecified" || word == "unset") return;
    if (parse_int(word)) {
      key(name) += word;
    } else {
      append_json_string(key(name), word);
    }
  }

  std::optional<std::string_view> find_extra(std::string_view name) const {
    for (const JsonMember& member : extra_) {
      if (member.key == name) return member.json;
    }
    return std::nullopt;
  }

  bool append_extra(std::string_view name) {
    const auto json = find_extra(name);
    if (json) key(name) += *json;
    return json.has_value();
  }

  std::string& out_;
  std::span<const Value> row_;
  std::vector<JsonMember> extra_;
  std::size_t next_ = 1;
  bool has_int_ = false;
};

std::vector<std::string_view> make_columns(Signal signal) {
  std::vector<std::string_view> columns = {kExtraColumn};
  for (std::span<const RecordMember> members : {own_members(signal), origin_members()}) {
    for (const RecordMember& member : members) {
      if (member.make != Make::kExtra) columns.push_back(member.key);
    }
  }
  return columns;
}

}  // namespace

std::span<const std::string_view> record_columns(Signal signal) {
  static const std::vector<std::string_view> kColumns[] = {
      make_columns(Signal::kLogs), make_columns(Signal::kSpans), make_columns(Signal::kMetrics)};
  return kColumns[static_cast<std::size_t>(signal)];
}

void append_record_line(std::string& out, Signal signal, std::span<const Value> row) {
  out += opening(signal);
  Line line(out, row);
  line.append(own_members(signal));
  line.append(origin_members());
  out += "}\n";
}

}  // namespace obs::query
