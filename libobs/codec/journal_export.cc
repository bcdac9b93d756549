#include "libobs/codec/journal_export.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/json_keys.h"
#include "libobs/codec/request_batch.h"
#include "libobs/codec/syslog_severity.h"

namespace obs::codec {

using model::KeyValue;
using model::Value;

namespace {

// systemd itself takes a thousand.
constexpr std::size_t kMaxFields = 4096;
constexpr std::size_t kLengthBytes = 8;

enum class Name {
  kOther,
  kMessage,
  kPriority,
  kTime,
  kSourceTime,
  kIdentifier,
  kUnit,
  kCommand,
  kHost,
  kMachine,
  kPid,
  kFile,
  kLine,
  kFunction,
  kTraceId,
  kSpanId
};
constexpr auto kNames = key_table<Name>({{"MESSAGE", Name::kMessage},
                                         {"PRIORITY", Name::kPriority},
                                         {"__REALTIME_TIMESTAMP", Name::kTime},
                                         {"_SOURCE_REALTIME_TIMESTAMP", Name::kSourceTime},
                                         {"SYSLOG_IDENTIFIER", Name::kIdentifier},
                                         {"_SYSTEMD_UNIT", Name::kUnit},
                                         {"_COMM", Name::kCommand},
                                         {"_HOSTNAME", Name::kHost},
                                         {"_MACHINE_ID", Name::kMachine},
                                         {"_PID", Name::kPid},
                                         {"CODE_FILE", Name::kFile},
                                         {"CODE_LINE", Name::kLine},
                                         {"CODE_FUNC", Name::kFunction},
                                         {"TRACE_ID", Name::kTraceId},
                                         {"SPAN_ID", Name::kSpanId}});

struct Field {
  std::string_view name;
  std::string_view value;
};

class Entry {
 public:
  void clear() { *this = {}; }
  bool is_empty() const { return size_ == 0; }
  void add(const Field& field, RequestBatch& batch);
  void keep(RequestBatch& batch);

 private:
  void attribute(std::string_view name, Value value) { attributes_.push_back({name, value}); }
  void number(std::string_view name, const Field& field);
  void time(Timestamp& out, const Field& field);
  bool priority(std::string_view value);
  template <class Id>
  void id(Id& out, const Field& field);

  std::size_t size_ = 0;
  LogRow row_;
  Timestamp journal_time_ = 0;
  Timestamp source_time_ = 0;
  std::string_view identifier_, unit_, command_, host_, machine_;
  std::vector<KeyValue> attributes_;
};

// Microseconds since the epoch.
void Entry::time(Timestamp& out, const Field& field) {
  const auto microseconds = parse_int(field.value);
  constexpr std::int64_t kMost = INT64_MAX / kMicrosecond;
  if (!microseconds || *microseconds < 0 || *microseconds > kMost)
    return attribute(field.name, Value::string(field.value));
  out = *microseconds * kMicrosecond;
}

void Entry::number(std::string_view name, const Field& field) {
  if (const auto value = parse_int(field.value)) return attribute(name, Value::integer(*value));
  attribute(field.name, Value::string(field.value));
}

bool Entry::priority(std::string_view value) {
  if (value.size() != 1 || value.front() < '0' || value.front() > '7') return false;
  const SyslogSeverity& severity = kSyslogSeverities[static_cast<std::size_t>(value.front() - '0')];
  row_.severity_number = severity.number;
  row_.severity_text = severity.text;
  return true;
}

template <class Id>
void Entry::id(Id& out, const Field& field) {
  if (!model::parse_id(field.value, out)) attribute(field.name, Value::string(field.value));
}

void Entry::add(const Field& field, RequestBatch& batch) {
  if (++size_ > kMaxFields) return;
  const Name name = kNames.find(field.name);
  if (name == Name::kMessage && row_.body.kind() == model::ValueKind::kNone) {
    row_.body = Value::string(batch.text(field.value));
    return;
  }
  // Not UTF-8: no field of ours, then.
  if (!is_valid_utf8(field.value))
    return attribute(field.name, Value::bytes(as_bytes(field.value)));
  const Value text = Value::string(field.value);
  switch (name) {
    case Name::kPriority:
      if (!priority(field.value)) attribute(field.name, text);
      return;
    case Name::kTime: return time(journal_time_, field);
    case Name::kSourceTime: return time(source_time_, field);
    case Name::kIdentifier: identifier_ = field.value; return;
    // These two stay to be asked for under the names that people know.
    case Name::kUnit: unit_ = field.value; break;
    case Name::kCommand: command_ = field.value; break;
    case Name::kHost: host_ = field.value; return;
    case Name::kMachine: machine_ = field.value; return;
    case Name::kPid: return number("process.pid", field);
    case Name::kFile: return attribute("code.file.path", text);
    case Name::kLine: return number("code.line.number", field);
    case Name::kFunction: return attribute("code.function.name", text);
    case Name::kTraceId: return id(row_.trace_id, field);
    case Name::kSpanId: return id(row_.span_id, field);
    case Name::kMessage:
    case Name::kOther: break;
  }
  attribute(field.name, text);
}

void Entry::keep(RequestBatch& batch) {
  if (size_ > kMaxFields) return batch.refuse("more than 4096 fields");
  row_.time = resolve_time(source_time_ != 0 ? source_time_ : journal_time_, 0, batch.received());
  if (source_time_ != 0) row_.observed_time = journal_time_;
  std::array<KeyValue, 3> resource;
  std::size_t size = 0;
  const auto put = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) resource[size++] = {name, Value::string(value)};
  };
  put("service.name", !identifier_.empty() ? identifier_ : !unit_.empty() ? unit_ : command_);
  put("host.name", host_);
  put("host.id", machine_);
  row_.scope = batch.scope({resource.data(), size});
  row_.attributes = batch.keep(attributes_);
  batch.add(row_);
}

class ExportReader {
 public:
  explicit ExportReader(std::string_view input) : input_(input) {}

  bool at_end() const { return at_ == input_.size(); }

  // The next field; nullopt at the empty line behind an entry.
  Result<std::optional<Field>, ParseError> next() {
    const std::size_t begin = at_;
    const std::size_t end = input_.find('\n', begin);
    const std::string_view line = input_.substr(begin, end - begin);
    at_ = end == input_.npos ? input_.size() : end + 1;
    if (line.empty()) return std::optional<Field>();
    const std::size_t equals = line.find('=');
    const std::string_view name = line.substr(0, equals);
    if (!is_name(name)) return refuse(begin, "expected the name of a field");
    if (equals != line.npos) return std::optional(Field{name, line.substr(equals + 1)});
    if (end == input_.npos) return refuse(begin, "a field has no value");
    return binary(name);
  }

 private:
  using Next = Result<std::optional<Field>, ParseError>;

  static Failure<ParseError> refuse(std::size_t at, std::string_view what) {
    return fail(ParseError{Errc::kMalformed, at, what});
  }

  static bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  }

  Next binary(std::string_view name) {
    const std::size_t left = input_.size() - at_;
    if (left < kLengthBytes) return refuse(at_, "the length of a field is cut short");
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
      length |= std::uint64_t{static_cast<unsigned char>(input_[at_ + i])} << (8 * i);
    if (length > left - kLengthBytes) return refuse(at_, "a field runs past the end");
    const Field field{name, input_.substr(at_ + kLengthBytes, length)};
    const std::size_t end = at_ + kLengthBytes + length;
    if (end < input_.size() && input_[end] != '\n')
      return refuse(end, "expected a newline behind a field");
    at_ = std::min(end + 1, input_.size());
    return std::optional(field);
  }

  std::string_view input_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Decoded, ParseError> decode_journal_export(std::string_view input, Timestamp received) {
  RequestBatch batch(model::Signal::kLogs, input.size(), received);
  ExportReader reader(batch.arena().copy(input));
  Entry entry;
  while (!reader.at_end()) {
    OBS_TRY(const auto field, reader.next());
    if (field) entry.add(*field, batch);
    if (entry.is_empty() || (field && !reader.at_end())) continue;
    entry.keep(batch);
    entry.clear();
    if (!batch.fits()) return fail(kTooManyItems);
  }
  return batch.take();
}

}  // namespace obs::codec
