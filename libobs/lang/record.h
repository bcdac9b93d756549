// Record: one line of ndjson, looked at lazily and changed by overlay.
//
// A record finds only the fields that a program names (FieldTable). As long as nothing sets or
// drops a field, it goes out as the bytes it came in; after a change its other members still do.
// A line that is no JSON object is a record whose body is the line.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/field_table.h"
#include "libobs/lang/value.h"

namespace obs::lang {

// Whether a key as it stands in a line is that name.
bool is_key(std::string_view written, std::string_view key);

class Record {
 public:
  explicit Record(const FieldTable& fields);

  // Begins with another line, without its newline, followed by kScanPadding readable bytes. The
  // line outlives its use. With `is_text` the line is a body even if it looks like JSON.
  void reset(std::string_view line, bool is_text = false);

  // Whether the line that comes next is known to have no member `signal`: then it is foreign, and
  // need not be read to its end to see that.
  void expect_foreign(bool foreign) {
    rules_ = foreign ? &fields_.foreign_stop_rules() : &fields_.stop_rules();
  }

  // From now on every line is known to be a record, or to go out as it is.
  void trust() { trusted_ = true; }

  std::string_view line() const { return line_; }
  bool is_changed() const { return changed_ || !pending_.empty(); }
  // The line is no JSON object, as far as it was looked at.
  bool is_text();

  // The value of a field of the table; text lives until the next reset() or change.
  Value get(std::size_t field);
  // The same without resolving anything: for comparisons of bytes. kMissing when the field is
  // computed, text of a line that is no JSON, or not there.
  const Raw& raw(std::size_t field);

  // Change the record. Values are copied.
  void set(const FieldPlan& field, const Value& value);
  void set_raw(const FieldPlan& field, std::string_view json);
  void drop(const FieldPlan& field);
  void rename(const FieldPlan& from, const FieldPlan& to);
  // Only these fields of the table stay, in this order.
  void keep(std::span<const std::size_t> fields);
  // `_error`, unless one is set already.
  void set_error(std::string_view sentence);
  // What the field says as JSON text, for a field that no table knows; empty when missing.
  std::string_view find_json(const FieldPlan& field);

  // Appends the record as a line, with its newline.
  void append_line(std::string& out);

  Scratch& scratch() { return scratch_; }

 private:
  // A member of one of the three objects.
  struct Member {
    std::string_view key;  // As it stands between the quotes of the line.
    Raw value;
  };
  using Members = std::vector<Member>;

  // What set() knows of a field it met before.
  struct Target {
    FieldPlan plan;
    std::optional<std::size_t> slot;  // FieldTable::slot_to_set().
  };
  // A change that only its own field shows as yet. Of most records that stats takes in, no line is
  // ever made.
  struct Pending {
    std::size_t target;
    Raw value;
  };

  static constexpr std::uint8_t kRawKnown = 1;
  static constexpr std::uint8_t kValueKnown = 2;

  void scan();
  void scan_all();
  void find_field(std::size_t field);
  const Candidate* resolve(std::size_t field, Raw& raw);
  void load();  // Into members_, for the first change.
  void load_place(Place place, const Raw& object);
  bool defer(const FieldPlan& field, const Raw& value);
  std::optional<std::size_t> find_target(const FieldPlan& field);
  void touch();
  Raw lookup(const Candidate& candidate) const;
  Raw find_in_line(const Candidate& candidate) const;
  bool is_field(const Candidate& candidate, const Raw& raw);
  Raw find(Place place, std::string_view key) const;
  Members& members(Place place) { return members_[static_cast<std::size_t>(place)]; }
  const Members& members(Place place) const { return members_[static_cast<std::size_t>(place)]; }
  void put(Place place, std::string_view key, const Raw& value);
  bool erase(Place place, std::string_view key);
  bool has_signal() const;
  std::optional<Candidate> locate(const FieldPlan& field);
  Place home(const FieldPlan& field) const;
  void set_severity(const Raw& value);
  void set_kept(const FieldPlan& field, const Raw& value);
  std::string_view as_json(const Value& value);
  Raw as_raw(const Value& value);
  std::string_view json_of(const Raw& raw, Convert how);
  void append_members(std::string& out, Place place) const;
  void append_body(std::string& out) const;
  static Place place_of(std::string_view key);

  const FieldTable& fields_;
  const StopRules* rules_ = &fields_.stop_rules();
  std::string_view line_;
  bool scanned_ = false;
  bool whole_ = false;  // The scan saw all of the line.
  bool is_text_ = false;
  bool changed_ = false;
  bool trusted_ = false;
  ScanResult scan_;
  std::vector<Value> values_;  // Of fields, where known_ says so.
  std::vector<Raw> raws_;
  std::vector<const Candidate*> chosen_;
  std::vector<std::uint8_t> known_;
  Members members_[kPlaces];
  bool nested_[kPlaces] = {};  // The object of that place is in members_.
  std::vector<Target> targets_;
  std::vector<Pending> pending_;  // Until load(), in their order.
  Scratch scratch_;
  Scratch kept_;  // What changes made; lives as long as the record.
};

}  // namespace obs::lang
