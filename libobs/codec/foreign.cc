#include "libobs/codec/foreign.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/model/batch.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

// What a member may mean. Where several members could mean the same, the name that stands first in
// its list wins, if its value fits; the others stay attributes.
template <std::size_t N>
using Names = std::array<std::string_view, N>;
constexpr Names<6> kTimeNames = {"time", "ts", "timestamp", "@timestamp", "date", "asctime"};
constexpr Names<5> kLevelNames = {"level", "severity", "lvl", "levelname", "log.level"};
// `body` and `event` are messages only of those who have no better word (structlog has `event`).
constexpr Names<4> kMessageNames = {"msg", "message", "body", "event"};
constexpr Names<4> kServiceNames = {"service", "service.name", "app", "logger"};
constexpr Names<3> kTraceNames = {"trace_id", "traceId", "trace.id"};
constexpr Names<3> kSpanNames = {"span_id", "spanId", "span.id"};

// pino's and bunyan's numeric levels: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal.
// What lies between counts down, as pino's custom levels do.
constexpr std::int64_t kLeastLevel = 10;
constexpr std::int64_t kMostLevel = 69;
constexpr std::int32_t kSeveritiesPerRange = 4;
constexpr std::int32_t kMostSeverity = 24;

// As model::parse_severity(), and two habits that only loggers have: npm's level between info and
// debug, and Go's slog, which says INFO+2 for what lies between its levels.
std::int32_t to_severity(std::string_view word) {
  constexpr std::int32_t kDebug4 = 8;
  if (word == "http") return kDebug4;
  const std::size_t sign = word.find_first_of("+-");
  if (sign == std::string_view::npos) return model::parse_severity(word);
  const std::int32_t base = model::parse_severity(word.substr(0, sign));
  const auto steps = parse_int(word.substr(sign + 1));
  if (base == 0 || !steps || *steps < 0 || *steps > kMostSeverity) return 0;
  const auto distance = static_cast<std::int32_t>(*steps);
  return std::clamp(word[sign] == '+' ? base + distance : base - distance, 1, kMostSeverity);
}

class ForeignReader {
 public:
  ForeignReader(Attributes members, Arena& arena, Timestamp received)
      : members_(members), arena_(arena), received_(received), used_(members.size()) {}

  ForeignLog read();

 private:
  // Offers each member of one of these names to `accept`, first name first, until it takes one.
  template <std::size_t N, class Accept>
  void take(const Names<N>& names, Accept&& accept);
  bool has(std::string_view name, ValueKind kind) const;
  bool accept_time(const Value& value);
  bool accept_level(const Value& value);
  bool accept_trace_flags(const Value& value);
  void keep_the_rest();

  Attributes members_;
  Arena& arena_;
  Timestamp received_;
  std::vector<bool> used_;
  ForeignLog log_;
};

template <std::size_t N, class Accept>
void ForeignReader::take(const Names<N>& names, Accept&& accept) {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].key != name || used_[i] || !accept(members_[i].value)) continue;
      used_[i] = true;
      return;
    }
  }
}

bool ForeignReader::has(std::string_view name, ValueKind kind) const {
  const Value* const value = model::find_attribute(members_, name);
  return value != nullptr && value->kind() == kind;
}

bool ForeignReader::accept_time(const Value& value) {
  const auto time = to_foreign_time(value);
  if (!time || *time == 0) return false;
  log_.row.time = {*time, model::TimeSource::kSender};
  return true;
}

bool ForeignReader::accept_level(const Value& value) {
  if (value.is_string() && !value.as_string().empty()) {
    log_.row.severity_text = value.as_string();
    log_.row.severity_number = to_severity(value.as_string());
    return true;
  }
  if (value.kind() != ValueKind::kInt) return false;
  const std::int64_t level = value.as_int();
  if (level < kLeastLevel || level > kMostLevel) return false;
  log_.row.severity_text = arena_.copy(std::to_string(level));
  log_.row.severity_number =
      static_cast<std::int32_t>(level / kLeastLevel - 1) * kSeveritiesPerRange + 1;
  return true;
}

// Two hex digits, as OpenTelemetry's instrumentation of loggers writes them.
bool ForeignReader::accept_trace_flags(const Value& value) {
  std::array<std::byte, 1> flags;
  if (!value.is_string() || !parse_hex(value.as_string(), flags)) return false;
  log_.row.flags = std::to_integer<std::uint32_t>(flags[0]);
  return true;
}

ForeignLog ForeignReader::read() {
  log_.row.time = {received_, model::TimeSource::kReceived};
  const auto text_into = [](std::string_view& out) {
    return [&out](const Value& value) {
      if (!value.is_string() || value.as_string().empty()) return false;
      out = value.as_string();
      return true;
    };
  };
  const auto id_into = [](auto& out) {
    return [&out](const Value& value) {
      auto id = out;
      if (!value.is_string() || !model::parse_id(value.as_string(), id)) return false;
      out = id;
      return true;
    };
  };
  take(kTimeNames, [&](const Value& value) { return accept_time(value); });
  take(kLevelNames, [&](const Value& value) { return accept_level(value); });
  take(kMessageNames, [&](const Value& value) {
    if (!value.is_string()) return false;
    log_.row.body = value;
    return true;
  });
  take(kServiceNames, text_into(log_.service));
  // A `name` is the logger's only in bunyan and pino, which always say where they run.
  const bool is_bunyan = has("pid", ValueKind::kInt) && has("hostname", ValueKind::kString);
  if (is_bunyan && log_.service.empty()) take(Names<1>{"name"}, text_into(log_.service));
  take(kTraceNames, id_into(log_.row.trace_id));
  take(kSpanNames, id_into(log_.row.span_id));
  take(Names<1>{"trace_flags"}, [&](const Value& value) { return accept_trace_flags(value); });
  keep_the_rest();
  return log_;
}

void ForeignReader::keep_the_rest() {
  std::vector<KeyValue> rest;
  rest.reserve(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!used_[i]) rest.push_back(members_[i]);
  }
  log_.row.attributes = arena_.copy_array(std::span<const KeyValue>(rest));
}

}  // namespace

ForeignLog to_foreign_log(Attributes members, Arena& arena, Timestamp received) {
  return ForeignReader(members, arena, received).read();
}

bool has_foreign_message(Attributes members) {
  const auto any_of = [&](const auto& names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return model::find_attribute(members, name) != nullptr;
    });
  };
  return any_of(Names<2>{"msg", "message"}) || any_of(Names<3>{"level", "lvl", "levelname"});
}

ForeignLog to_text_log(std::string_view line, Timestamp received) {
  ForeignLog log;
  log.row.time = {received, model::TimeSource::kReceived};
  log.row.body = Value::string(line);
  return log;
}

}  // namespace obs::codec
