#include "libobs/codec/request_batch.h"

#include <algorithm>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::codec {

using model::Attributes;

namespace {

// As the decoders of OTLP have it: any small request fits, and no real one comes near the factor.
constexpr std::size_t kBudgetFloor = 64 * kMiB;
constexpr std::size_t kBudgetFactor = 8;
// What a row takes in columns, about.
constexpr std::size_t kLogRowBytes = 160;
constexpr std::size_t kSpanRowBytes = 260;
constexpr std::size_t kPointRowBytes = 140;
constexpr std::size_t kResourceBytes = 200;

void append_size(std::string& key, std::size_t size) {
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
}

void append_text(std::string& key, std::string_view text) {
  append_size(key, text.size());
  key += text;
}

void append_attributes(std::string& key, Attributes attributes) {
  for (const model::KeyValue& entry : attributes) {
    append_text(key, entry.key);
    if (entry.value.is_string()) {
      append_text(key, entry.value.as_string());
    } else {
      // No text is as long as this says.
      append_size(key, SIZE_MAX);
      append_record_value(key, entry.value);
    }
  }
}

}  // namespace

RequestBatch::RequestBatch(model::Signal signal, std::size_t request_size, Timestamp received)
    : allowance_(kBudgetFloor + kBudgetFactor * request_size) {
  out_.batch.signal = signal;
  out_.batch.received = received;
}

bool RequestBatch::start_json(JsonReader& json, std::string_view request) {
  const auto lay_out = [&](std::string_view text) {
    char* const room = arena().allocate_array<char>(text.size() + JsonReader::kPadding);
    text.copy(room, text.size());
    return json.start(room, text.size());
  };
  if (lay_out(request)) return true;
  if (is_valid_utf8(request)) return false;
  count_repairs(1);
  return lay_out(repair_utf8(request));
}

ParseError RequestBatch::json_error(const JsonReader& json, std::string_view request) {
  ParseError error = json.error();
  error.offset = std::min(error.offset, request.size());
  return error;
}

std::string_view RequestBatch::text(std::string_view raw) {
  if (is_valid_utf8(raw)) return raw;
  count_repairs(1);
  return arena().adopt(repair_utf8(raw));
}

std::string_view RequestBatch::copy(std::string_view raw) {
  return is_valid_utf8(raw) ? arena().copy(raw) : text(raw);
}

void RequestBatch::claim(std::size_t bytes) {
  if (fits_) fits_ = allowance_.take(bytes);
}

Attributes RequestBatch::keep(Attributes attributes) {
  if (attributes.empty()) return {};
  claim(attributes.size_bytes());
  return fits_ ? Attributes(arena().copy_array(attributes)) : Attributes();
}

std::uint32_t RequestBatch::scope(Attributes resource, std::string_view name,
                                  std::string_view version) {
  key_.clear();
  append_attributes(key_, resource);
  auto& all = out_.batch;
  const auto [owner, is_new] =
      resources_.try_emplace(key_, static_cast<std::uint32_t>(all.resources.size()));
  if (is_new) {
    claim(kResourceBytes + 2 * key_.size());
    model::Resource made;
    made.attributes = keep(resource);
    made.service = model::find_service(made.attributes);
    all.resources.push_back(made);
  }
  key_.clear();
  append_size(key_, owner->second);
  append_text(key_, name);
  append_text(key_, version);
  const auto [scope, is_new_scope] =
      scopes_.try_emplace(key_, static_cast<std::uint32_t>(all.scopes.size()));
  if (is_new_scope) {
    claim(kResourceBytes + 2 * key_.size());
    model::Scope made;
    made.resource = owner->second;
    made.name = name;
    made.version = version;
    all.scopes.push_back(made);
  }
  return scope->second;
}

std::uint32_t RequestBatch::metric(const model::Metric& metric) {
  key_.clear();
  append_size(key_, metric.scope);
  append_size(key_, static_cast<std::size_t>(metric.type));
  append_size(key_,
              static_cast<std::size_t>(metric.temporality) * 2 + (metric.is_monotonic ? 1 : 0));
  append_text(key_, metric.name);
  append_text(key_, metric.unit);
  auto& all = out_.batch.metrics.metrics;
  const auto [found, is_new] = metrics_.try_emplace(key_, static_cast<std::uint32_t>(all.size()));
  if (is_new) {
    claim(kResourceBytes + 2 * key_.size());
    all.push_back(metric);
  }
  return found->second;
}

void RequestBatch::add(const LogRow& row) {
  claim(kLogRowBytes);
  if (!fits_) return;
  ++out_.total;
  append_row(out_.batch.logs, row);
}

void RequestBatch::add(const SpanRow& row) {
  claim(kSpanRowBytes);
  if (!fits_) return;
  ++out_.total;
  append_row(out_.batch.spans, row);
}

void RequestBatch::add(const PointRow& row) {
  claim(kPointRowBytes);
  if (!fits_) return;
  ++out_.total;
  append_row(out_.batch.metrics, row);
}

}  // namespace obs::codec
