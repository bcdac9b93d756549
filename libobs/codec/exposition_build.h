// Families and samples on their way into an Exposition. For the codec's own files.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libobs/codec/exposition.h"

namespace obs::codec {

class ExpositionBuilder {
 public:
  explicit ExpositionBuilder(Exposition& out) : out_(out) {}

  Arena& arena() { return *out_.arena; }
  // Of that name, made when there is none.
  std::uint32_t family(std::string_view name);
  ExposedFamily& at(std::uint32_t family) { return out_.families[family]; }
  // The family that a series belongs to: its own name's, or that without a suffix, as histograms,
  // summaries and OpenMetrics' counters have them; a new one otherwise.
  std::uint32_t family_of_series(std::string_view series);

  // A copy in the arena.
  model::Attributes labels(const std::vector<model::KeyValue>& labels);
  std::size_t size() const { return out_.samples.size(); }
  void add(const ExposedSample& sample) { out_.samples.push_back(sample); }
  // Gives the samples of a family their start from the _created sample that follows them.
  void apply_created(const ExposedSample& created);

 private:
  Exposition& out_;
  std::unordered_map<std::string_view, std::uint32_t> families_;
};

// As Prometheus spells `le` and `quantile`, whatever format they came in: 0.5, 1.0, 1e+06, +Inf.
std::string bound_text(double bound);

// OpenMetrics' seconds. A double has them to some 200 ns, so what was written had microseconds at
// best. nullopt: not finite, or not between the years 1677 and 2262.
std::optional<Timestamp> to_timestamp(double seconds);

Result<void> parse_exposition_text(bool open_metrics, std::string_view body,
                                   ExpositionBuilder& builder);
Result<void> parse_exposition_protobuf(std::string_view body, ExpositionBuilder& builder);

}  // namespace obs::codec
