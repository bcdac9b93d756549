#include "libobs/lang/field_table.h"

#include <algorithm>

#include "libobs/base/text.h"
#include "libobs/codec/foreign_time.h"
#include "libobs/model/batch.h"

namespace obs::lang {
namespace {

using Root = FieldRef::Root;

void add(std::vector<Candidate>& to, Place place, std::string_view key, Fit fit = Fit::kAny,
         Convert convert = Convert::kNone) {
  to.push_back({place, std::string(key), {}, fit, convert, kMaxScanKeys, {}, false});
}

struct Alias {
  std::string_view key;
  Fit fit;
};

// What a foreign line may call the field, in the order of obs-record(5).
std::vector<Alias> aliases(RecordField field) {
  switch (field) {
    case RecordField::kTime:
      return {{"time", Fit::kTime},       {"ts", Fit::kTime},   {"timestamp", Fit::kTime},
              {"@timestamp", Fit::kTime}, {"date", Fit::kTime}, {"asctime", Fit::kTime}};
    case RecordField::kSeverity:
    case RecordField::kSeverityNumber:
    case RecordField::kSeverityText:
      return {{"level", Fit::kLevel},
              {"severity", Fit::kLevel},
              {"lvl", Fit::kLevel},
              {"levelname", Fit::kLevel},
              {"log.level", Fit::kLevel}};
    case RecordField::kBody:
      return {{"msg", Fit::kText},
              {"message", Fit::kText},
              {"body", Fit::kText},
              {"event", Fit::kText}};
    case RecordField::kService:
      return {{"service", Fit::kNonEmptyText},
              {"service.name", Fit::kNonEmptyText},
              {"app", Fit::kNonEmptyText},
              {"logger", Fit::kNonEmptyText}};
    case RecordField::kTraceId:
      return {{"trace_id", Fit::kNonEmptyText},
              {"traceId", Fit::kNonEmptyText},
              {"trace.id", Fit::kNonEmptyText}};
    case RecordField::kSpanId:
      return {{"span_id", Fit::kNonEmptyText},
              {"spanId", Fit::kNonEmptyText},
              {"span.id", Fit::kNonEmptyText}};
    default: return {};
  }
}

Convert foreign_convert(RecordField field) {
  if (field == RecordField::kSeverity) return Convert::kSeverityWord;
  if (field == RecordField::kSeverityNumber) return Convert::kLevelNumber;
  return Convert::kNone;
}

void add_virtual(FieldPlan& plan, std::string_view key, Fit fit, Convert convert) {
  add(plan.record, Place::kTop, key, fit, convert);
  add(plan.foreign, Place::kTop, key, fit, convert);
}

// Where the record's own field stands.
void add_record_field(FieldPlan& plan, RecordField field) {
  const Convert foreign = foreign_convert(field);
  switch (field) {
    case RecordField::kDuration:
      return add_virtual(plan, "duration_ns", Fit::kNumber, Convert::kDuration);
    case RecordField::kDurationMs:
      return add_virtual(plan, "duration_ns", Fit::kNumber, Convert::kDurationMs);
    case RecordField::kDate:
    case RecordField::kAge: {
      const Convert how = field == RecordField::kDate ? Convert::kDate : Convert::kAge;
      add(plan.record, Place::kTop, "time", Fit::kTime, how);
      for (const Alias& alias : aliases(RecordField::kTime)) {
        if (alias.key != "date") add(plan.foreign, Place::kTop, alias.key, alias.fit, how);
      }
      return;
    }
    case RecordField::kSeverity:
      add(plan.record, Place::kTop, "severity_number", Fit::kNumber, Convert::kSeverityNumber);
      add(plan.record, Place::kTop, "severity", Fit::kText, Convert::kSeverityWord);
      break;
    case RecordField::kSeverityNumber:
      add(plan.record, Place::kTop, "severity_number");
      add(plan.record, Place::kTop, "severity", Fit::kText, Convert::kLevelNumber);
      break;
    case RecordField::kBody: plan.is_body = true; [[fallthrough]];
    default: add(plan.record, Place::kTop, to_string(field));
  }
  for (const Alias& alias : aliases(field)) {
    add(plan.foreign, Place::kTop, alias.key, alias.fit, foreign);
  }
  if (field != RecordField::kService) return;
  // A `name` is the logger's only in bunyan and pino, which always say where they run.
  add(plan.foreign, Place::kTop, "name", Fit::kNonEmptyText);
  add(plan.foreign.back().beside, Place::kTop, "pid", Fit::kNumber);
  add(plan.foreign.back().beside, Place::kTop, "hostname", Fit::kText);
}

void add_exact(FieldPlan& plan, const FieldRef& field) {
  if (field.root == Root::kResource) {
    if (field.name == "service.name") add(plan.record, Place::kTop, "service");
    add(plan.record, Place::kResource, field.name);
    add(plan.foreign, Place::kResource, field.name);
    return;
  }
  add(plan.record, Place::kAttributes, field.name);
  add(plan.foreign, Place::kTop, field.name);
  add(plan.foreign, Place::kAttributes, field.name);
  if (field.root == Root::kAttributes) return;
  add(plan.record, Place::kTop, field.name);
  if (field.name == "service.name") add(plan.record, Place::kTop, "service");
  add(plan.record, Place::kResource, field.name);
  add(plan.foreign, Place::kResource, field.name);
}

// For each prefix, all places in which it may be found, with the rest to descend.
void add_descents(FieldPlan& plan, const FieldRef& field) {
  const std::string& name = field.name;
  for (std::size_t at = name.find_first_of(".[", 1); at != std::string::npos;
       at = name.find_first_of(".[", at + 1)) {
    FieldPlan prefix;
    add_exact(prefix, {field.root, name.substr(0, at)});
    const std::string rest = name.substr(name[at] == '.' ? at + 1 : at);
    for (const auto order : {&FieldPlan::record, &FieldPlan::foreign}) {
      for (Candidate& candidate : prefix.*order) {
        candidate.rest = rest;
        (plan.*order).push_back(std::move(candidate));
      }
    }
  }
}

bool is_level(const Raw& raw, Scratch& scratch) {
  if (raw.kind == RawKind::kString) return raw.size != 0;
  const Value value = to_value(raw, scratch);
  return value.kind() == ValueKind::kInt && value.as_int() >= 10 && value.as_int() <= 69;
}

// As codec/foreign.cc has it: npm's "http", slog's "INFO+2", pino's 30.
std::int32_t level_number(const Raw& raw, Scratch& scratch) {
  const Value value = to_value(raw, scratch);
  if (value.kind() == ValueKind::kInt)
    return static_cast<std::int32_t>(value.as_int() / 10 - 1) * 4 + 1;
  if (!value.is_string()) return 0;
  if (value.text() == "http") return 8;
  const std::size_t sign = value.text().find_first_of("+-");
  if (sign == std::string_view::npos) return model::parse_severity(value.text());
  const std::int32_t base = model::parse_severity(value.text().substr(0, sign));
  const auto steps = parse_int(value.text().substr(sign + 1));
  if (base == 0 || !steps || *steps < 0 || *steps > 24) return 0;
  const auto distance = static_cast<std::int32_t>(*steps);
  return std::clamp(value.text()[sign] == '+' ? base + distance : base - distance, 1, 24);
}

Value severity_of(std::int32_t number, const Raw& raw, Scratch& scratch) {
  const std::string_view name = model::severity_name(number);
  return name.empty() ? to_value(raw, scratch) : Value::string(name);
}

Value from_time(const Raw& raw, Convert how, Timestamp now, Scratch& scratch) {
  const auto time = to_time(to_value(raw, scratch));
  if (!time) return {};
  return how == Convert::kAge ? Value::duration(now - *time)
                              : Value::string(scratch.keep(to_date(*time)));
}

Value from_duration(const Raw& raw, Convert how, Scratch& scratch) {
  const Value value = to_value(raw, scratch);
  if (value.kind() == ValueKind::kInt) {
    return how == Convert::kDuration
               ? Value::duration(value.as_int())
               : Value::number(static_cast<double>(value.as_int()) / kMillisecond);
  }
  const double number = value.as_double();
  if (how == Convert::kDurationMs) return Value::number(number / kMillisecond);
  const bool fits = number > -9e18 && number < 9e18;
  return fits ? Value::duration(static_cast<Duration>(number)) : Value();
}

// Whether setting the attribute of that key may change what the plan finds.
bool may_read(const FieldPlan& plan, std::string_view key) {
  const auto looks_there = [key](const Candidate& candidate) {
    return candidate.key == key || candidate.key == "attributes" || candidate.key == "resource";
  };
  const auto looks = [&](const Candidate& candidate) {
    return looks_there(candidate) ||
           std::any_of(candidate.beside.begin(), candidate.beside.end(), looks_there);
  };
  return std::any_of(plan.record.begin(), plan.record.end(), looks) ||
         std::any_of(plan.foreign.begin(), plan.foreign.end(), looks);
}

}  // namespace

FieldPlan plan_field(const FieldRef& field) {
  FieldPlan plan;
  plan.ref = field;
  const auto known = field.root == Root::kAny ? find_record_field(field.name) : std::nullopt;
  // Of a stage's own making, and never an attribute.
  if (known == RecordField::kError) {
    add_virtual(plan, "_error", Fit::kAny, Convert::kNone);
    return plan;
  }
  if (known) add_record_field(plan, *known);
  add_exact(plan, field);
  add_descents(plan, field);
  return plan;
}

FieldTable::FieldTable(Timestamp now) : now_(now) {
  signal_key_ = keys_.add(Place::kTop, "signal");
}

std::size_t FieldTable::add(const FieldRef& field) {
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    if (plans_[i].ref == field) return i;
  }
  FieldPlan plan = plan_field(field);
  for (auto* order : {&plan.record, &plan.foreign}) {
    for (Candidate& candidate : *order) {
      candidate.index = keys_.add(candidate.place, candidate.key);
      candidate.is_plain =
          candidate.fit == Fit::kAny && candidate.rest.empty() && candidate.beside.empty();
      for (Candidate& other : candidate.beside) other.index = keys_.add(other.place, other.key);
    }
  }
  add_rule(plan);
  plans_.push_back(std::move(plan));
  return plans_.size() - 1;
}

std::optional<std::size_t> FieldTable::slot_to_set(const FieldPlan& field) const {
  const bool is_plain = field.ref.root == Root::kAny && !find_record_field(field.ref.name) &&
                        field.ref.name != "signal";
  if (!is_plain) return std::nullopt;
  std::size_t slot = plans_.size();
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    if (plans_[i].ref == field.ref) {
      slot = i;
    } else if (may_read(plans_[i], field.ref.name)) {
      return std::nullopt;
    }
  }
  return slot;
}

// The first candidate of a record decides once it is known to be one, and of any line when a
// foreign one would look there first too.
void FieldTable::add_rule(const FieldPlan& plan) {
  const Candidate& record = plan.record.front();
  const Candidate& foreign = plan.foreign.front();
  const auto bit = [](std::size_t index) { return std::uint64_t{1} << index; };
  std::vector<std::uint64_t> alternatives;
  const bool is_scanned = record.index < kMaxScanKeys && foreign.index < kMaxScanKeys;
  if (is_scanned && record.rest.empty()) {
    const bool same = record.index == foreign.index && foreign.rest.empty();
    alternatives.push_back(bit(record.index) | (same ? 0 : bit(signal_key_)));
  }
  rules_.add(std::move(alternatives));
  std::vector<std::uint64_t> of_foreign;
  if (foreign.index < kMaxScanKeys && foreign.rest.empty()) of_foreign = {bit(foreign.index)};
  foreign_rules_.add(std::move(of_foreign));
}

bool fits(const Raw& raw, Fit fit, Scratch& scratch) {
  switch (fit) {
    case Fit::kAny: return true;
    case Fit::kText: return raw.kind == RawKind::kString;
    case Fit::kNonEmptyText: return raw.kind == RawKind::kString && raw.size != 0;
    case Fit::kNumber: return raw.kind == RawKind::kNumber;
    case Fit::kLevel: return is_level(raw, scratch);
    case Fit::kTime: {
      const auto time = to_time(to_value(raw, scratch));
      return time && *time != 0;
    }
  }
  return false;
}

Value convert(const Raw& raw, Convert how, Timestamp now, Scratch& scratch) {
  switch (how) {
    case Convert::kNone: return to_value(raw, scratch);
    case Convert::kSeverityNumber: {
      const Value value = to_value(raw, scratch);
      const bool fits =
          value.kind() == ValueKind::kInt && value.as_int() > 0 && value.as_int() <= 24;
      return severity_of(fits ? static_cast<std::int32_t>(value.as_int()) : 0, raw, scratch);
    }
    case Convert::kSeverityWord: return severity_of(level_number(raw, scratch), raw, scratch);
    case Convert::kLevelNumber: {
      const std::int32_t number = level_number(raw, scratch);
      return number == 0 ? Value() : Value::integer(number);
    }
    case Convert::kDuration:
    case Convert::kDurationMs: return from_duration(raw, how, scratch);
    case Convert::kDate:
    case Convert::kAge: return from_time(raw, how, now, scratch);
  }
  return {};
}

}  // namespace obs::lang
