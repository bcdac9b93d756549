// How a name in a program becomes a value of a line: the one resolver of the language.
//
// Of an obs record (a line with "signal"): the record field, the attribute of exactly that key, the
// resource attribute, then descent into the value of a prefix. Of a foreign line its members are
// the attributes, and the names other loggers have for time, severity, body, service and trace are
// tried in the order of obs-record(5), if their values fit.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/fields.h"

namespace obs::lang {

// What a member must be to mean the field.
enum class Fit : std::uint8_t { kAny, kText, kNonEmptyText, kTime, kLevel, kNumber };
// What becomes of it.
enum class Convert : std::uint8_t {
  kNone,
  kSeverityNumber,  // 17 becomes "error".
  kSeverityWord,    // "ERR" and pino's 50 become "error"; unknown words stay.
  kLevelNumber,     // "ERR" becomes 17.
  kDuration,
  kDurationMs,
  kDate,
  kAge,
};

// One place where a field may stand.
struct Candidate {
  Place place = Place::kTop;
  std::string key;
  std::string rest;  // Descend from there.
  Fit fit = Fit::kAny;
  Convert convert = Convert::kNone;
  std::size_t index = kMaxScanKeys;  // In the KeySet; kMaxScanKeys when that is full.
  // What must be there too for the member to mean the field.
  std::vector<Candidate> beside;
  bool is_plain = false;  // The member is the field, whatever it is. FieldTable knows.
};

// The places of a field in their order, for obs records and for foreign lines.
struct FieldPlan {
  FieldRef ref;
  std::vector<Candidate> record;
  std::vector<Candidate> foreign;
  bool is_body = false;  // A line that is no JSON is its value.
};

FieldPlan plan_field(const FieldRef& field);

// All fields that a stretch of a program reads from an unchanged record.
class FieldTable {
 public:
  explicit FieldTable(Timestamp now = 0);
  // The index by which Record::get() knows the field.
  std::size_t add(const FieldRef& field);
  std::size_t size() const { return plans_.size(); }
  const FieldPlan& plan(std::size_t field) const { return plans_[field]; }
  // Which field of the table shows a new value of this one, when none but that can; size() when
  // none does. nullopt: others may, too, or what is shown is not what was set.
  std::optional<std::size_t> slot_to_set(const FieldPlan& field) const;
  const KeySet& keys() const { return keys_; }
  const StopRules& stop_rules() const { return rules_; }
  // Of lines that are known to have no member `signal`, and so to be foreign.
  const StopRules& foreign_stop_rules() const { return foreign_rules_; }
  std::size_t signal_key() const { return signal_key_; }
  Timestamp now() const { return now_; }

 private:
  void add_rule(const FieldPlan& plan);

  Timestamp now_;
  KeySet keys_;
  StopRules rules_;
  StopRules foreign_rules_;
  std::vector<FieldPlan> plans_;
  std::size_t signal_key_ = 0;
};

bool fits(const Raw& raw, Fit fit, Scratch& scratch);
Value convert(const Raw& raw, Convert how, Timestamp now, Scratch& scratch);

}  // namespace obs::lang
