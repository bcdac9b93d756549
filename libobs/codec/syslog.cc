#include "libobs/codec/syslog.h"

#include <array>
#include <optional>
#include <string>

#include "libobs/base/text.h"
#include "libobs/codec/request_batch.h"
#include "libobs/codec/syslog_message.h"
#include "libobs/codec/syslog_severity.h"

namespace obs::codec {

using model::KeyValue;
using model::Value;

namespace {

constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

// What gathers is emptied by its owner long before.
constexpr std::size_t kGathered = kGiB;
// What a row takes in columns, about.
constexpr std::size_t kRowBytes = 200;

}  // namespace

struct SyslogDecoder::State {
  State() : batch(model::Signal::kLogs, kGathered, 0) {}

  void add(std::string_view text, const SyslogArrival& arrival);
  std::uint32_t scope();
  void read_attributes(std::string_view peer);

  RequestBatch batch;
  SyslogMessage message;
  std::vector<KeyValue> attributes;
  // Of the last message: hosts and applications come in runs.
  std::string_view last_host;
  std::string_view last_application;
  std::optional<std::uint32_t> last_scope;
};

std::uint32_t SyslogDecoder::State::scope() {
  if (last_scope && last_host == message.host && last_application == message.application)
    return *last_scope;
  std::array<KeyValue, 2> resource;
  std::size_t size = 0;
  if (!message.application.empty())
    resource[size++] = {"service.name", Value::string(message.application)};
  if (!message.host.empty()) resource[size++] = {"host.name", Value::string(message.host)};
  last_scope = batch.scope({resource.data(), size});
  last_host = message.host;
  last_application = message.application;
  return *last_scope;
}

void SyslogDecoder::State::read_attributes(std::string_view peer) {
  attributes.clear();
  if (message.priority >= 0) {
    const auto facility = static_cast<std::size_t>(message.priority) / kSyslogSeverities.size();
    attributes.push_back({"syslog.facility", Value::string(kFacilities[facility])});
  }
  if (const auto pid = parse_int(message.process)) {
    attributes.push_back({"process.pid", Value::integer(*pid)});
  } else if (!message.process.empty()) {
    attributes.push_back({"syslog.proc_id", Value::string(message.process)});
  }
  if (!message.message_id.empty())
    attributes.push_back({"syslog.msg_id", Value::string(message.message_id)});
  if (message.host.empty() && !peer.empty())
    attributes.push_back({"network.peer.address", Value::string(batch.copy(peer))});
  attributes.insert(attributes.end(), message.parameters.begin(), message.parameters.end());
}

void SyslogDecoder::State::add(std::string_view text, const SyslogArrival& arrival) {
  if (batch.size() == 0) batch.set_received(arrival.received);
  parse_syslog(batch.copy(text), arrival.received, arrival.utc_offset, batch.arena(), message);
  LogRow row;
  row.time = resolve_time(message.time.value_or(0), 0, arrival.received);
  row.scope = scope();
  if (message.priority >= 0) {
    const auto severity = static_cast<std::size_t>(message.priority) % kSyslogSeverities.size();
    row.severity_number = kSyslogSeverities[severity].number;
    row.severity_text = kSyslogSeverities[severity].text;
  }
  row.body = Value::string(message.body);
  read_attributes(arrival.peer);
  row.attributes = batch.keep(attributes);
  batch.add(row);
}

SyslogDecoder::SyslogDecoder() : state_(std::make_unique<State>()) {}
SyslogDecoder::~SyslogDecoder() = default;

void SyslogDecoder::add(std::string_view message, const SyslogArrival& arrival) {
  const auto is_trailing = [](char c) { return c == '\n' || c == '\r' || c == '\0'; };
  while (!message.empty() && is_trailing(message.back())) message.remove_suffix(1);
  if (!trim(message).empty()) state_->add(message, arrival);
}

std::size_t SyslogDecoder::size() const { return state_->batch.size(); }

std::size_t SyslogDecoder::bytes() const {
  return state_->batch.arena().bytes() + size() * kRowBytes;
}

model::Batch SyslogDecoder::take() {
  model::Batch batch = state_->batch.take().batch;
  state_ = std::make_unique<State>();
  return batch;
}

}  // namespace obs::codec
