// The JSON that a record's columns hold at rest, beyond what codec/record.h spells: the `extra`
// object, for the keys of obs-record(5) that have no column. Pure. Internal to libobs/store.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::store {

// Objects, or empty when there is nothing to say.
std::string scope_json(const model::Scope& scope);
std::string resource_extra_json(const model::Resource& resource);
std::string metric_extra_json(const model::Metric& metric);

// A name where the number has one, else the number; empty for 0.
std::string temporality_text(std::int32_t temporality);

// Builds the `extra` object of one row in `out`.
class ExtraJson {
 public:
  explicit ExtraJson(std::string& out) : out_(out) { out_.clear(); }
  // The members of an object, or of none when it is empty.
  void add_object(std::string_view object);
  // Begins a member, whose value the caller appends.
  std::string& begin(std::string_view key);
  void add_text(std::string_view key, std::string_view text);  // Empty is left out.
  void add_count(std::string_view key, std::uint64_t count);   // 0 is left out.
  void add_time_source(model::TimeSource source);              // The sender's is left out.
  // Closes the object. Stays empty when nothing was added.
  std::string_view finish();

 private:
  std::string& out_;
};

}  // namespace obs::store
