#include "libobs/codec/exposition.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/exposition_build.h"

namespace obs::codec {
namespace {

// What histograms, summaries and OpenMetrics add to a family's name.
constexpr std::string_view kSuffixes[] = {"_total", "_bucket",  "_count",  "_sum",
                                          "_info",  "_created", "_gcount", "_gsum"};
constexpr std::string_view kCreated = "_created";

// The value of a Content-Type's parameter; empty when it is not there.
std::string_view find_parameter(const std::vector<std::string_view>& parts, std::string_view name) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view part = trim(parts[i]);
    const std::size_t equals = part.find('=');
    if (equals != part.npos && equals_ignore_case(trim(part.substr(0, equals)), name)) {
      std::string_view value = trim(part.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return {};
}

// The same labels but for le and quantile, which tell the parts of one histogram apart.
bool is_same_metric(model::Attributes a, model::Attributes b) {
  const auto skip = [](model::Attributes labels, std::size_t at) {
    while (at < labels.size() && (labels[at].key == "le" || labels[at].key == "quantile")) ++at;
    return at;
  };
  std::size_t i = skip(a, 0);
  std::size_t j = skip(b, 0);
  while (i < a.size() && j < b.size()) {
    if (!(a[i] == b[j])) return false;
    i = skip(a, i + 1);
    j = skip(b, j + 1);
  }
  return i == a.size() && j == b.size();
}

}  // namespace

std::optional<ExpositionFormat> find_exposition_format(std::string_view content_type) {
  const std::vector<std::string_view> parts = split(content_type, ';');
  const std::string type = to_lower(trim(parts.front()));
  if (type == "text/plain") return ExpositionFormat::kText;
  if (type == "application/openmetrics-text") return ExpositionFormat::kOpenMetrics;
  if (type == "application/vnd.google.protobuf" &&
      find_parameter(parts, "encoding") == "delimited") {
    return ExpositionFormat::kProtobuf;
  }
  return std::nullopt;
}

std::optional<ExpositionFormat> parse_exposition_name(std::string_view name) {
  if (name == "PrometheusProto") return ExpositionFormat::kProtobuf;
  if (name == "PrometheusText0.0.4" || name == "PrometheusText1.0.0") {
    return ExpositionFormat::kText;
  }
  if (name == "OpenMetricsText0.0.1" || name == "OpenMetricsText1.0.0") {
    return ExpositionFormat::kOpenMetrics;
  }
  return std::nullopt;
}

// Go's 'g': with an exponent below 1e-04 and from 1e+06 on.
std::string bound_text(double bound) {
  if (std::isnan(bound)) return "NaN";
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  char text[32];
  const auto write = [&](std::chars_format format) {
    const char* const end = std::to_chars(text, text + sizeof(text), bound, format).ptr;
    return std::string(text, static_cast<std::size_t>(end - text));
  };
  const double size = std::fabs(bound);
  if (size != 0 && (size < 1e-4 || size >= 1e6)) return write(std::chars_format::scientific);
  std::string plain = write(std::chars_format::fixed);
  return plain.find('.') == plain.npos ? plain + ".0" : plain;
}

std::uint32_t ExpositionBuilder::family(std::string_view name) {
  const auto index = static_cast<std::uint32_t>(out_.families.size());
  const auto [found, fresh] = families_.emplace(name, index);
  if (fresh) out_.families.push_back({name, {}});
  return found->second;
}

std::uint32_t ExpositionBuilder::family_of_series(std::string_view series) {
  if (const auto found = families_.find(series); found != families_.end()) return found->second;
  for (const std::string_view suffix : kSuffixes) {
    if (!series.ends_with(suffix)) continue;
    const auto found = families_.find(series.substr(0, series.size() - suffix.size()));
    if (found != families_.end()) return found->second;
  }
  return family(series);
}

model::Attributes ExpositionBuilder::labels(const std::vector<model::KeyValue>& labels) {
  return out_.arena->copy_array(std::span<const model::KeyValue>(labels));
}

std::optional<Timestamp> to_timestamp(double seconds) {
  constexpr double kMicrosecondsPerSecond = 1e6;
  constexpr double kMost = 9.2e15;
  const double us = seconds * kMicrosecondsPerSecond;
  if (!(std::fabs(us) < kMost)) return std::nullopt;
  return std::llround(us) * kMicrosecond;
}

void ExpositionBuilder::apply_created(const ExposedSample& created) {
  if (!created.name.ends_with(kCreated)) return;
  const auto start = to_timestamp(created.value);
  if (!start) return;
  for (std::size_t i = out_.samples.size(); i-- > 0;) {
    ExposedSample& sample = out_.samples[i];
    if (sample.family != created.family || !is_same_metric(sample.labels, created.labels)) return;
    sample.start_time = *start;
  }
}

Result<Exposition> parse_exposition(ExpositionFormat format, std::string&& body) {
  Exposition out;
  ExpositionBuilder builder(out);
  const std::string_view text = out.arena->adopt(std::move(body));
  if (format == ExpositionFormat::kProtobuf) {
    OBS_TRY_VOID(parse_exposition_protobuf(text, builder));
  } else {
    OBS_TRY_VOID(parse_exposition_text(format == ExpositionFormat::kOpenMetrics, text, builder));
  }
  return out;
}

}  // namespace obs::codec
