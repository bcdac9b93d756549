#include "libobs/codec/elastic_document.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "libobs/codec/foreign.h"

namespace obs::codec {

using model::Attributes;
using model::KeyValue;
using model::Value;
using model::ValueKind;

namespace {

// No field of any schema is longer; beyond, a document of many leaves below one long path would
// grow with the square of its size.
constexpr std::size_t kMaxName = 1024;

// Where the schema's own field is there, others that might mean the same are attributes.
struct Precedence {
  std::string_view field;
  std::array<std::string_view, 5> others;
};
constexpr Precedence kPrecedences[] = {
    {"@timestamp", {"time", "ts", "timestamp", "date", "asctime"}},
    {"log.level", {"level", "severity", "lvl", "levelname"}},
    {"message", {"msg", "body", "event"}},
    {"service.name", {"service", "app", "logger"}},
};

struct Renamed {
  std::string_view field;
  std::string_view attribute;
};
constexpr Renamed kRenamed[] = {{"error.type", "exception.type"},
                                {"error.message", "exception.message"},
                                {"error.stack_trace", "exception.stacktrace"},
                                {"service.environment", "deployment.environment.name"},
                                {"service.node.name", "service.instance.id"},
                                {"host", "host.name"}};

constexpr std::string_view kResourcePrefixes[] = {"service.",    "host.",         "agent.",
                                                  "cloud.",      "container.",    "os.",
                                                  "kubernetes.", "orchestrator.", "deployment."};

class Flattener {
 public:
  explicit Flattener(RequestBatch& batch) : batch_(batch) {}

  std::vector<KeyValue> flatten(Attributes members) {
    add(members);
    return std::move(flat_);
  }

 private:
  // Depth is bounded by the reader of the JSON.
  void add(Attributes members) {
    for (const auto& [key, value] : members) {
      const std::size_t outer = path_.size();
      if (outer > 0) path_ += '.';
      path_ += key;
      if (value.kind() == ValueKind::kMap && !value.as_map().empty() && path_.size() < kMaxName) {
        add(value.as_map());
      } else {
        flat_.push_back({outer > 0 ? keep_path() : key, value});
      }
      path_.resize(outer);
    }
  }

  std::string_view keep_path() {
    batch_.claim(path_.size());
    return batch_.fits() ? batch_.arena().copy(path_) : std::string_view();
  }

  RequestBatch& batch_;
  std::string path_;
  std::vector<KeyValue> flat_;
};

bool is_of_resource(std::string_view key) {
  return std::any_of(std::begin(kResourcePrefixes), std::end(kResourcePrefixes),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

// Moves what the schema's own fields outrank from `members` to `aside`.
void set_aside(std::vector<KeyValue>& members, std::vector<KeyValue>& aside) {
  for (const Precedence& precedence : kPrecedences) {
    const Value* const own = model::find_attribute(members, precedence.field);
    if (own == nullptr || !own->is_string()) continue;
    const auto outranked = [&](const KeyValue& member) {
      return std::find(precedence.others.begin(), precedence.others.end(), member.key) !=
             precedence.others.end();
    };
    std::copy_if(members.begin(), members.end(), std::back_inserter(aside), outranked);
    std::erase_if(members, outranked);
  }
}

// Shippers of container logs call the line `log`.
void name_message(std::vector<KeyValue>& members) {
  if (has_foreign_message(members)) return;
  for (KeyValue& member : members) {
    if (member.key == "log" && member.value.is_string()) member.key = "message";
  }
}

std::string_view rename(const KeyValue& entry) {
  for (const Renamed& renamed : kRenamed) {
    if (renamed.field == entry.key && entry.value.is_string()) return renamed.attribute;
  }
  return entry.key;
}

}  // namespace

std::vector<KeyValue> flatten_document(Attributes members, RequestBatch& batch) {
  return Flattener(batch).flatten(members);
}

void add_elastic_document(Attributes members, std::string_view index, std::string_view id,
                          RequestBatch& batch) {
  std::vector<KeyValue> flat = flatten_document(members, batch);
  std::vector<KeyValue> attributes;
  set_aside(flat, attributes);
  name_message(flat);
  ForeignLog log = to_foreign_log(flat, batch.arena(), batch.received());
  attributes.insert(attributes.begin(), log.row.attributes.begin(), log.row.attributes.end());

  std::vector<KeyValue> resource;
  if (!log.service.empty()) resource.push_back({"service.name", Value::string(log.service)});
  std::vector<KeyValue> own;
  for (KeyValue entry : attributes) {
    entry.key = rename(entry);
    (is_of_resource(entry.key) ? resource : own).push_back(entry);
  }
  if (!index.empty()) resource.push_back({"elasticsearch.index.name", Value::string(index)});
  if (!id.empty()) own.push_back({"elasticsearch.document.id", Value::string(id)});
  log.row.scope = batch.scope(resource);
  log.row.attributes = batch.keep(own);
  batch.add(log.row);
}

}  // namespace obs::codec
