#include "libobs/codec/foreign.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/codec/json_keys.h"
#include "libobs/model/batch.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

// The names of members that may mean something.
enum class Name : std::uint8_t {
  kNone,
  kTime,
  kTs,
  kTimestamp,
  kAtTimestamp,
  kDate,
  kAsctime,
  kLevel,
  kSeverity,
  kLvl,
  kLevelname,
  kLogLevel,
  kMsg,
  kMessage,
  kBody,
  kEvent,
  kService,
  kServiceName,
  kApp,
  kLogger,
  kName,
  kTraceId,
  kTraceIdCamel,
  kTraceIdDotted,
  kSpanId,
  kSpanIdCamel,
  kSpanIdDotted,
  kTraceFlags
};
constexpr auto kNames = key_table<Name>({{"time", Name::kTime},
                                         {"ts", Name::kTs},
                                         {"timestamp", Name::kTimestamp},
                                         {"@timestamp", Name::kAtTimestamp},
                                         {"date", Name::kDate},
                                         {"asctime", Name::kAsctime},
                                         {"level", Name::kLevel},
                                         {"severity", Name::kSeverity},
                                         {"lvl", Name::kLvl},
                                         {"levelname", Name::kLevelname},
                                         {"log.level", Name::kLogLevel},
                                         {"msg", Name::kMsg},
                                         {"message", Name::kMessage},
                                         {"body", Name::kBody},
                                         {"event", Name::kEvent},
                                         {"service", Name::kService},
                                         {"service.name", Name::kServiceName},
                                         {"app", Name::kApp},
                                         {"logger", Name::kLogger},
                                         {"name", Name::kName},
                                         {"trace_id", Name::kTraceId},
                                         {"traceId", Name::kTraceIdCamel},
                                         {"trace.id", Name::kTraceIdDotted},
                                         {"span_id", Name::kSpanId},
                                         {"spanId", Name::kSpanIdCamel},
                                         {"span.id", Name::kSpanIdDotted},
                                         {"trace_flags", Name::kTraceFlags}});

// What a member may mean. Where several members could mean the same, the name that stands first in
// its list wins, if its value fits; the others stay attributes.
template <std::size_t N>
using Names = std::array<Name, N>;
constexpr Names<6> kTimeNames = {Name::kTime,        Name::kTs,   Name::kTimestamp,
                                 Name::kAtTimestamp, Name::kDate, Name::kAsctime};
constexpr Names<5> kLevelNames = {Name::kLevel, Name::kSeverity, Name::kLvl, Name::kLevelname,
                                  Name::kLogLevel};
// `body` and `event` are messages only of those who have no better word (structlog has `event`).
constexpr Names<4> kMessageNames = {Name::kMsg, Name::kMessage, Name::kBody, Name::kEvent};
constexpr Names<4> kServiceNames = {Name::kService, Name::kServiceName, Name::kApp, Name::kLogger};
constexpr Names<3> kTraceNames = {Name::kTraceId, Name::kTraceIdCamel, Name::kTraceIdDotted};
constexpr Names<3> kSpanNames = {Name::kSpanId, Name::kSpanIdCamel, Name::kSpanIdDotted};

std::uint32_t bit_of(Name name) { return std::uint32_t{1} << static_cast<unsigned>(name); }

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
      : members_(members), arena_(arena), received_(received) {
    // One look at each member, so that what it may mean costs no more than what it does.
    names_.reserve(members.size());
    for (const KeyValue& member : members) {
      names_.push_back(kNames.find(member.key));
      present_ |= bit_of(names_.back());
    }
  }

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

  static constexpr Name kUsed = Name{0xff};

  Attributes members_;
  Arena& arena_;
  Timestamp received_;
  std::vector<Name> names_;  // Of the members; of those that were used, kUsed.
  std::uint32_t present_ = 0;
  std::size_t used_ = 0;
  ForeignLog log_;
};

template <std::size_t N, class Accept>
void ForeignReader::take(const Names<N>& names, Accept&& accept) {
  for (const Name name : names) {
    if ((present_ & bit_of(name)) == 0) continue;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (names_[i] != name || !accept(members_[i].value)) continue;
      names_[i] = kUsed;
      ++used_;
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
  if (log_.service.empty() && (present_ & bit_of(Name::kName)) != 0 &&
      has("pid", ValueKind::kInt) && has("hostname", ValueKind::kString))
    take(Names<1>{Name::kName}, text_into(log_.service));
  take(kTraceNames, id_into(log_.row.trace_id));
  take(kSpanNames, id_into(log_.row.span_id));
  take(Names<1>{Name::kTraceFlags}, [&](const Value& value) { return accept_trace_flags(value); });
  keep_the_rest();
  return log_;
}

void ForeignReader::keep_the_rest() {
  const std::size_t count = members_.size() - used_;
  if (count == 0) return;
  KeyValue* const rest = arena_.allocate_array<KeyValue>(count);
  KeyValue* next = rest;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (names_[i] != kUsed) *next++ = members_[i];
  }
  log_.row.attributes = {rest, count};
}

}  // namespace

ForeignLog to_foreign_log(Attributes members, Arena& arena, Timestamp received) {
  return ForeignReader(members, arena, received).read();
}

bool has_foreign_message(Attributes members) {
  std::uint32_t present = 0;
  for (const KeyValue& member : members) present |= bit_of(kNames.find(member.key));
  constexpr Name kTelling[] = {Name::kMsg, Name::kMessage, Name::kLevel, Name::kLvl,
                               Name::kLevelname};
  return std::any_of(std::begin(kTelling), std::end(kTelling),
                     [&](Name name) { return (present & bit_of(name)) != 0; });
}

ForeignLog to_text_log(std::string_view line, Timestamp received) {
  ForeignLog log;
  log.row.time = {received, model::TimeSource::kReceived};
  log.row.body = Value::string(line);
  return log;
}

}  // namespace obs::codec
