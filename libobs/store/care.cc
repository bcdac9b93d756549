#include "libobs/store/care.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/catalog.h"

namespace obs::store {
namespace {

using Task = CareRequest::Task;

constexpr std::array<std::pair<Task, std::string_view>, 6> kTasks = {{
    {Task::kFlush, "flush"},
    {Task::kCompact, "compact"},
    {Task::kDelete, "delete"},
    {Task::kRetain, "retain"},
    {Task::kRepair, "repair"},
    {Task::kForget, "forget"},
}};

std::string_view name_of(Task task) { return kTasks[static_cast<std::size_t>(task)].second; }

std::string& key(std::string& out, std::string_view name) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += name;
  return out += "\":";
}

Failure<Error> refuse(std::string_view what) {
  return fail(Errc::kMalformed, fmt::format("not a request: {}", what));
}

Result<void> read_signals(const model::Value& value, std::vector<model::Signal>& signals) {
  if (value.kind() != model::ValueKind::kArray) return refuse("signals is no array");
  for (const model::Value& item : value.as_array()) {
    const auto signal = item.is_string() ? parse_signal(item.as_string()) : std::nullopt;
    if (!signal) return refuse("signals are logs, spans or metrics");
    signals.push_back(*signal);
  }
  return {};
}

Result<std::string> read_text(const model::KeyValue& member) {
  if (member.value.is_string()) return std::string(member.value.as_string());
  return refuse(fmt::format("{} is no text", member.key));
}

Result<std::int64_t> read_number(const model::KeyValue& member) {
  const bool good = member.value.kind() == model::ValueKind::kInt && member.value.as_int() >= 0;
  if (good) return member.value.as_int();
  return refuse(fmt::format("{} is no number", member.key));
}

Result<void> read_member(const model::KeyValue& member, CareRequest& request) {
  RecordChoice& choice = request.policy.choice;
  if (member.key == "signals") return read_signals(member.value, choice.signals);
  if (member.key == "max_age_ns") {
    OBS_TRY(request.policy.max_age, read_number(member));
  } else if (member.key == "max_bytes") {
    OBS_TRY(const std::int64_t bytes, read_number(member));
    request.policy.max_bytes = static_cast<std::uint64_t>(bytes);
  } else if (member.key == "project") {
    OBS_TRY(choice.project, read_text(member));
  } else if (member.key == "service") {
    OBS_TRY(choice.service, read_text(member));
  } else if (member.key == "condition") {
    OBS_TRY(choice.condition, read_text(member));
  } else if (member.key != "task") {
    return refuse(fmt::format("unknown member {}", member.key));
  }
  return {};
}

Result<Task> read_task(model::Attributes members) {
  for (const model::KeyValue& member : members) {
    if (member.key != "task" || !member.value.is_string()) continue;
    for (const auto& [task, name] : kTasks) {
      if (name == member.value.as_string()) return task;
    }
    return refuse(fmt::format("unknown task {}", member.value.as_string()));
  }
  return refuse("it names no task");
}

// What ends the limit of a policy, in any case.
constexpr std::string_view kWhere = " where ";

std::size_t find_where(std::string_view text) { return to_lower(text).find(kWhere); }

}  // namespace

bool RecordChoice::has(model::Signal signal) const {
  return signals.empty() || std::find(signals.begin(), signals.end(), signal) != signals.end();
}

Result<RetainPolicy> parse_retain_policy(std::string_view text) {
  RetainPolicy policy;
  std::string_view limit = text;
  if (const std::size_t where = find_where(text); where != std::string_view::npos) {
    policy.choice.condition = trim(text.substr(where + kWhere.size()));
    if (policy.choice.condition.empty()) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("{}: behind where stands no condition", text));
    }
    limit = trim(text.substr(0, where));
  }
  if (const std::size_t equals = limit.find('='); equals != std::string_view::npos) {
    const auto signal = parse_signal(limit.substr(0, equals));
    if (!signal) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("{}: what stands before = is logs, spans or metrics", text));
    }
    policy.choice.signals.push_back(*signal);
    limit = limit.substr(equals + 1);
  }
  // A bare number could be either.
  if (!parse_uint(limit)) {
    policy.max_age = parse_duration(limit).value_or(0);
    policy.max_bytes = parse_size(limit).value_or(0);
  }
  if (policy.max_age > 0 || policy.max_bytes > 0) return policy;
  return fail(
      Errc::kInvalidArgument,
      fmt::format("{}: neither an age nor a size to keep, such as 30d, 100GB, logs=7d or \"logs=7d "
                  "where service = 'checkout'\"",
                  text));
}

std::string to_json(const CareRequest& request) {
  const RecordChoice& choice = request.policy.choice;
  std::string out = "{";
  append_json_string(key(out, "task"), name_of(request.task));
  if (!choice.signals.empty()) {
    key(out, "signals") += '[';
    for (const model::Signal signal : choice.signals) {
      if (out.back() != '[') out += ',';
      append_json_string(out, model::to_string(signal));
    }
    out += ']';
  }
  if (choice.project) append_json_string(key(out, "project"), *choice.project);
  if (choice.service) append_json_string(key(out, "service"), *choice.service);
  if (!choice.condition.empty()) append_json_string(key(out, "condition"), choice.condition);
  if (request.policy.max_age > 0) append_int(key(out, "max_age_ns"), request.policy.max_age);
  if (request.policy.max_bytes > 0) append_uint(key(out, "max_bytes"), request.policy.max_bytes);
  return out + "}";
}

Result<CareRequest> parse_care_request(std::string_view line) {
  Arena arena;
  const auto value = codec::parse_json(line, arena);
  if (!value) return fail(to_error(value.error()).during("not a request"));
  if (value->kind() != model::ValueKind::kMap) return refuse("it is no object");
  CareRequest request;
  OBS_TRY(request.task, read_task(value->as_map()));
  for (const model::KeyValue& member : value->as_map()) {
    OBS_TRY_VOID(read_member(member, request));
  }
  return request;
}

std::uint64_t find_count(const CareCounts& counts, std::string_view name) {
  for (const auto& [known, count] : counts) {
    if (known == name) return count;
  }
  return 0;
}

Result<void> CareJob::check() const {
  if (cancelled()) return fail(Errc::kUnavailable, "it was stopped");
  return {};
}

}  // namespace obs::store
