#include "libobs/codec/otlp_json_names.h"

#include "libobs/base/text.h"
#include "libobs/model/batch.h"

namespace obs::codec::otlp_json {
namespace {

// The name without its prefix, in the lower case of the model's names; nullopt for another prefix.
std::optional<std::string> without_prefix(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return to_lower(name.substr(prefix.size()));
}

}  // namespace

std::optional<std::int32_t> parse_severity_name(std::string_view name) {
  const auto word = without_prefix(name, "SEVERITY_NUMBER_");
  if (!word) return std::nullopt;
  if (*word == "unspecified") return 0;
  const std::int32_t number = model::parse_severity(*word);
  return number != 0 ? std::optional(number) : std::nullopt;
}

std::optional<std::int32_t> parse_kind_name(std::string_view name) {
  const auto word = without_prefix(name, "SPAN_KIND_");
  return word ? model::parse_span_kind(*word) : std::nullopt;
}

std::optional<std::int32_t> parse_status_name(std::string_view name) {
  const auto word = without_prefix(name, "STATUS_CODE_");
  return word ? model::parse_status_code(*word) : std::nullopt;
}

std::optional<std::int32_t> parse_temporality_name(std::string_view name) {
  const auto word = without_prefix(name, "AGGREGATION_TEMPORALITY_");
  if (!word) return std::nullopt;
  if (*word == "unspecified") return 0;
  for (std::int32_t number = 1; number <= 2; ++number) {
    if (model::temporality_name(number) == *word) return number;
  }
  return std::nullopt;
}

}  // namespace obs::codec::otlp_json
