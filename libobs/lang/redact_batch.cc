// Redaction of batches: the same answers as for lines, over columns.

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "libobs/lang/redact.h"
#include "libobs/lang/redact_scan.h"

namespace obs::lang {
namespace {

using model::Attributes;
using model::Batch;
using model::KeyValue;
using model::Value;
using model::ValueKind;
using Place = RedactScope::Place;

RedactContext both(RedactContext a, RedactContext b) {
  return {a.secret || b.secret, a.ssn || b.ssn, a.phone || b.phone};
}

// Whether one of them changed; all have been looked at, in this order.
bool any(std::initializer_list<bool> changed) {
  return std::any_of(changed.begin(), changed.end(), std::identity());
}

// Goes through a batch, and copies it when there is something to change. Values nest no deeper than
// decoders let them.
class BatchWalk {
 public:
  BatchWalk(const Redactor& redactor, const Batch& batch, RedactCounts& counts)
      : redactor_(redactor), batch_(batch), counts_(counts) {}

  std::optional<Batch> walk() {
    project();
    resources();
    scopes();
    if (batch_.signal == model::Signal::kLogs) logs();
    if (batch_.signal == model::Signal::kSpans) spans();
    if (batch_.signal == model::Signal::kMetrics) metrics();
    return std::move(out_);
  }

 private:
  Place place(std::string_view name) const {
    return redactor_.scope().member(redactor_.scope().record(), name);
  }
  Place member(const Place& of, std::string_view name) const {
    return redactor_.scope().is_everywhere() ? of : redactor_.scope().member(of, name);
  }

  // Runs `change` on a copy of the item; if that changes it, the copy takes the item's place in the
  // new batch, where `columns` finds it.
  template <class Column, class Change>
  void each(Column&& column, Change&& change) {
    const std::size_t size = column(batch_).size();
    for (std::size_t i = 0; i < size; ++i) {
      auto item = column(batch_)[i];
      if (!change(item)) continue;
      if (!out_) start();
      column(*out_)[i] = std::move(item);
    }
  }

  // The new batch has an arena of its own, which keeps the old one alive.
  void start() {
    out_ = batch_;
    out_->wire = {};
    out_->arena = std::make_shared<Arena>();
    out_->arena->keep(batch_.arena);
  }

  Arena& arena() {
    if (!out_) start();
    return *out_->arena;
  }

  bool text(std::string_view& text, const Place& at, RedactContext context = {}) {
    if (!at.is_covered()) return false;
    std::string redacted;
    if (!redactor_.redact_text(text, context, redacted, counts_)) return false;
    text = arena().adopt(std::move(redacted));
    return true;
  }

  bool value(Value& value, const Place& at, RedactContext context) {
    switch (value.kind()) {
      case ValueKind::kString: return string(value, at, context);
      case ValueKind::kInt: return number(value, std::to_string(value.as_int()), at, context);
      case ValueKind::kDouble:
        return number(value, fmt::format("{}", value.as_double()), at, context);
      case ValueKind::kBytes: return bytes(value, at, context);
      case ValueKind::kArray: return array(value, at, context);
      case ValueKind::kMap: return map(value, at, context);
      default: return false;
    }
  }

  bool string(Value& value, const Place& at, RedactContext context) {
    std::string_view redacted = value.as_string();
    if (!text(redacted, at, context)) return false;
    value = redactor_.mode() == RedactMode::kDrop ? Value() : Value::string(redacted);
    return true;
  }

  bool number(Value& value, const std::string& digits, const Place& at, RedactContext context) {
    if (!at.is_covered()) return false;
    std::vector<Finding> found;
    redactor_.finder().find_in_number(digits, context, found);
    if (found.empty()) return false;
    counts_.add(found[0].secret);
    std::string mask;
    redactor_.append_mask(mask, digits, found[0].secret);
    const std::string_view kept = arena().adopt(std::move(mask));
    value = redactor_.mode() == RedactMode::kDrop ? Value() : Value::string(kept);
    return true;
  }

  bool bytes(Value& value, const Place& at, RedactContext context) {
    std::string_view redacted = as_text(value.as_bytes());
    if (!text(redacted, at, context)) return false;
    value = Value::bytes(as_bytes(redacted));
    return true;
  }

  bool array(Value& value, const Place& at, RedactContext context) {
    std::vector<Value> items(value.as_array().begin(), value.as_array().end());
    bool changed = false;
    for (Value& item : items) changed |= this->value(item, at, context);
    if (changed) value = Value::array(arena().copy_array(std::span<const Value>(items)));
    return changed;
  }

  bool map(Value& value, const Place& at, RedactContext context) {
    Attributes entries = value.as_map();
    if (!attributes(entries, at, context)) return false;
    value = Value::map(entries);
    return true;
  }

  bool attributes(Attributes& attributes, const Place& at, RedactContext context = {}) {
    std::vector<KeyValue> entries;
    bool names_secret = false;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      KeyValue entry = attributes[i];
      const Place inner = member(at, entry.key);
      RedactContext own = both(context, context_of(entry.key));
      own.secret |= names_secret && entry.key == "value";
      const bool is_name = entry.key == "name" || entry.key == "key";
      if (is_name && entry.value.is_string()) {
        names_secret = context_of(entry.value.as_string()).secret;
      }
      const bool changed = any({key(entry.key, inner), value(entry.value, inner, own)});
      if (changed && entries.empty()) entries.assign(attributes.begin(), attributes.end());
      if (changed) entries[i] = entry;
    }
    if (entries.empty()) return false;
    attributes = arena().copy_array(std::span<const KeyValue>(entries));
    return true;
  }

  // A key that is dropped is masked: it must stay one.
  bool key(std::string_view& key, const Place& at) {
    if (!at.is_covered()) return false;
    std::vector<Finding> found;
    redactor_.finder().find(key, false, {}, found);
    if (found.empty()) return false;
    std::string masked;
    std::size_t from = 0;
    for (const Finding& finding : found) {
      counts_.add(finding.secret);
      masked += key.substr(from, finding.where.begin - from);
      from = finding.where.end;
      redactor_.append_mask(masked, key.substr(finding.where.begin, from - finding.where.begin),
                            finding.secret);
    }
    masked += key.substr(from);
    key = arena().adopt(std::move(masked));
    return true;
  }

  // One that is dropped is nobody's: the default.
  void project() {
    std::string_view redacted = batch_.project;
    if (!text(redacted, place("project"))) return;
    arena();
    out_->project = redacted.empty() ? Batch().project : std::string(redacted);
  }

  void resources() {
    const Place at = place("resource");
    each(
        [](auto& batch) -> auto& { return batch.resources; },
        [&](model::Resource& resource) {
          bool changed = attributes(resource.attributes, at);
          changed |= value(resource.entity_refs, place("entity_refs"), {});
          changed |= text(resource.schema_url, place("resource_schema_url"));
          if (changed) resource.service = model::find_service(resource.attributes);
          return changed;
        });
  }

  void scopes() {
    const Place at = place("scope");
    each(
        [](auto& batch) -> auto& { return batch.scopes; },
        [&](model::Scope& scope) {
          return any({text(scope.name, at), text(scope.version, at), text(scope.schema_url, at),
                      attributes(scope.attributes, at)});
        });
  }

  void logs() {
    const Place body = place("body");
    const Place attribute = place("attributes");
    each(
        [](auto& batch) -> auto& { return batch.logs.body; },
        [&](Value& item) { return value(item, body, {}); });
    each(
        [](auto& batch) -> auto& { return batch.logs.attributes; },
        [&](Attributes& item) { return attributes(item, attribute); });
    texts(
        [](auto& batch) -> auto& { return batch.logs.event_name; }, "event_name");
    texts(
        [](auto& batch) -> auto& { return batch.logs.severity_text; }, "severity_text");
  }

  void spans() {
    const Place attribute = place("attributes");
    texts(
        [](auto& batch) -> auto& { return batch.spans.name; }, "name");
    texts(
        [](auto& batch) -> auto& { return batch.spans.status_message; }, "status_message");
    texts(
        [](auto& batch) -> auto& { return batch.spans.trace_state; }, "trace_state");
    each(
        [](auto& batch) -> auto& { return batch.spans.attributes; },
        [&](Attributes& item) { return attributes(item, attribute); });
    each(
        [](auto& batch) -> auto& { return batch.spans.events; },
        [&](std::span<const model::SpanEvent>& items) {
          const Place at = place("events");
          return list(items, [&](model::SpanEvent& event) {
            return any({text(event.name, at), attributes(event.attributes, at)});
          });
        });
    each(
        [](auto& batch) -> auto& { return batch.spans.links; },
        [&](std::span<const model::SpanLink>& items) {
          const Place at = place("links");
          return list(items, [&](model::SpanLink& link) {
            return any({text(link.trace_state, at), attributes(link.attributes, at)});
          });
        });
  }

  void metrics() {
    each(
        [](auto& batch) -> auto& { return batch.metrics.metrics; },
        [&](model::Metric& metric) {
          return any({text(metric.name, place("name")), text(metric.unit, place("unit")),
                      text(metric.description, place("description")),
                      attributes(metric.metadata, place("metadata"))});
        });
    const Place attribute = place("attributes");
    each(
        [](auto& batch) -> auto& { return batch.metrics.attributes; },
        [&](Attributes& item) { return attributes(item, attribute); });
    each(
        [](auto& batch) -> auto& { return batch.metrics.exemplars; },
        [&](std::span<const model::Exemplar>& items) {
          const Place at = place("exemplars");
          return list(items, [&](model::Exemplar& exemplar) {
            return attributes(exemplar.filtered_attributes, at);
          });
        });
  }

  template <class Column>
  void texts(Column&& column, std::string_view name) {
    const Place at = place(name);
    each(column, [&](std::string_view& item) { return text(item, at); });
  }

  template <class Item, class Change>
  bool list(std::span<const Item>& items, Change&& change) {
    std::vector<Item> copies(items.begin(), items.end());
    bool changed = false;
    for (Item& item : copies) changed |= change(item);
    if (changed) items = arena().copy_array(std::span<const Item>(copies));
    return changed;
  }

  const Redactor& redactor_;
  const Batch& batch_;
  RedactCounts& counts_;
  std::optional<Batch> out_;
};

}  // namespace

std::optional<Batch> Redactor::redact(const Batch& batch, RedactCounts& counts) const {
  return BatchWalk(*this, batch, counts).walk();
}

}  // namespace obs::lang
