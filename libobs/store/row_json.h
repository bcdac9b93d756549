// The JSON that a record's columns hold at rest: obs-record(5)'s spelling of each nested field, and
// the `extra` object that holds the keys without a column. Pure. Internal to libobs/store.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::store {

// The service that stands in a column of its own: the first service.name that is a string, if there
// is one; it may be empty.
std::optional<std::string_view> find_lifted_service(model::Attributes attributes);

std::string resource_json(const model::Resource& resource);
std::string scope_json(const model::Scope& scope);  // Empty when the scope says nothing.

void append_events(std::string& out, std::span<const model::SpanEvent> events);
void append_links(std::string& out, std::span<const model::SpanLink> links);
void append_buckets(std::string& out, const model::BucketRun& run);
void append_quantiles(std::string& out, std::span<const model::Quantile> quantiles);
void append_exemplars(std::string& out, std::span<const model::Exemplar> exemplars);

// A name where the number has one, else the number; empty for 0.
std::string temporality_text(std::int32_t temporality);

// Complete objects, or empty when there is nothing to say.
std::string resource_extra_json(const model::Resource& resource);
std::string metric_extra_json(const model::Metric& metric);

// Builds the `extra` object of one row.
class ExtraJson {
 public:
  explicit ExtraJson(std::string& out) : out_(out) { out_.clear(); }
  // The members of a complete object, or of none when it is empty.
  void add_object(std::string_view object);
  void add_member(std::string_view key, std::string_view json);
  void add_count(std::string_view key, std::uint64_t count);  // 0 is left out.
  void add_time_source(model::TimeSource source);             // The sender's is left out.
  // Closes the object. Empty when nothing was added.
  std::string_view finish();

 private:
  std::string& out_;
};

}  // namespace obs::store
