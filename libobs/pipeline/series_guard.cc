#include "libobs/pipeline/series_guard.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/hash.h"

namespace obs::pipeline {
namespace {

// Metrics and labels that are told apart, shared out as hashes are; the names of further ones count
// together.
constexpr std::size_t kMaxOwners = 65'536;
constexpr std::size_t kOwnOwners = 256;
constexpr std::string_view kOthers = "others";

// Whether who has so many may take one more, where each of so many projects has `own` for itself,
// and all together have `used` of `most`.
bool may_take(std::size_t has, std::size_t own, std::size_t used, std::size_t most) {
  constexpr std::size_t kTimesWhatIsLeft = 3;
  if (has < own) return true;
  const std::size_t shared = most - own * SeriesGuard::kMaxProjects;
  return used < shared && has - own < kTimesWhatIsLeft * (shared - used);
}
constexpr std::size_t kLongestName = 200;
// Of who sends without a key.
constexpr std::string_view kDefaultProject = "default";

// Of numbers that are hashes, or small: cheaper than hashing their bytes.
std::uint64_t mix(std::uint64_t number) {
  constexpr int kHalf = 32;
  constexpr std::uint64_t kOdd = 0xd6e8'feb8'6659'fd93;
  number = (number ^ number >> kHalf) * kOdd;
  number = (number ^ number >> kHalf) * kOdd;
  return number ^ number >> kHalf;
}

std::uint64_t hash_value(const model::Value& value, std::uint64_t seed) {
  switch (value.kind()) {
    case model::ValueKind::kString: return hash64(value.as_string(), seed);
    case model::ValueKind::kBool: return mix(seed + (value.as_bool() ? 1 : 0));
    case model::ValueKind::kInt:
    case model::ValueKind::kDouble: return mix(seed + static_cast<std::uint64_t>(value.as_int()));
    case model::ValueKind::kArray:
      for (const model::Value& item : value.as_array()) seed = hash_value(item, seed);
      return seed;
    case model::ValueKind::kMap:
      for (const auto& [key, item] : value.as_map()) seed = hash_value(item, hash64(key, seed));
      return seed;
    case model::ValueKind::kBytes: return hash64(as_text(value.as_bytes()), seed);
    default: return seed;
  }
}

// Of each attribute alone and summed, so that their order makes no difference.
std::uint64_t hash_attributes(model::Attributes attributes) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : attributes) sum += hash_value(value, hash64(key));
  return sum;
}

// As hash_attributes(), of one series after another: most labels are those of the series before,
// and comparing is cheaper.
class SeriesHasher {
 public:
  std::uint64_t hash(model::Attributes attributes) {
    if (last_.size() < attributes.size()) last_.resize(attributes.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < attributes.size(); ++i) sum += term(attributes[i], last_[i]);
    return sum;
  }

 private:
  struct Term {
    std::string_view key;
    std::uint64_t key_hash = hash64({});
    std::string_view text;
    std::uint64_t text_hash = hash64({}, key_hash);
  };

  static std::uint64_t term(const model::KeyValue& attribute, Term& last) {
    const auto& [key, value] = attribute;
    if (key != last.key) last = {key, hash64(key), {}, hash64({}, hash64(key))};
    if (!value.is_string()) return hash_value(value, last.key_hash);
    if (value.as_string() != last.text) {
      last.text = value.as_string();
      last.text_hash = hash64(last.text, last.key_hash);
    }
    return last.text_hash;
  }

  std::vector<Term> last_;
};

// Of what each point's series is made of, however it is spelled.
class SeriesHashes {
 public:
  explicit SeriesHashes(const model::Batch& batch)
      : batch_(batch), metrics_(batch.metrics.metrics.size()) {
    for (const model::Resource& resource : batch.resources) {
      resources_.push_back(mix(hash_attributes(resource.attributes) ^ hash64(batch.project)));
    }
  }

  std::uint64_t of(std::size_t row) {
    const model::MetricColumns& points = batch_.metrics;
    return mix(hasher_.hash(points.attributes[row]) ^ metric(points.metric[row]));
  }

 private:
  // What its series have in common.
  std::uint64_t metric(std::uint32_t index) {
    std::optional<std::uint64_t>& hash = metrics_[index];
    if (!hash) {
      const model::Metric& metric = batch_.metrics.metrics[index];
      const model::Scope& scope = batch_.scopes[metric.scope];
      hash = hash64(metric.name, hash64(scope.name, resources_[scope.resource]));
    }
    return *hash;
  }

  const model::Batch& batch_;
  std::vector<std::uint64_t> resources_;
  std::vector<std::optional<std::uint64_t>> metrics_;
  SeriesHasher hasher_;
};

// Of each point, how its sender spells its series; where the decoder did not say so, what the
// series is made of.
std::vector<std::uint64_t> hash_spellings(const model::Batch& batch, SeriesHashes& hashes) {
  const model::MetricColumns& points = batch.metrics;
  std::vector<std::uint64_t> spellings;
  spellings.reserve(points.size());
  const std::uint64_t project = hash64(batch.project);
  for (const Hash128& series : points.series) {
    std::uint64_t half;
    std::memcpy(&half, series.data(), sizeof half);
    spellings.push_back(half ^ project);
  }
  for (std::size_t row = spellings.size(); row < points.size(); ++row) {
    spellings.push_back(hashes.of(row));
  }
  return spellings;
}

std::string shown(std::string_view name) {
  return std::string(name.substr(0, kLongestName)) + (name.size() > kLongestName ? "..." : "");
}

}  // namespace

SeriesGuard::SeriesGuard(SeriesLimits limits, Registry& registry, const Clock& clock, Warn warn)
    : limits_(limits),
      registry_(registry),
      clock_(clock),
      warn_(std::move(warn)),
      tracked_(registry.gauge("obs_pipeline_series",
                              "Series of metrics that were seen in the last hour or two.")) {
  find_project(kOthers);
}

std::vector<SeriesGuard::Refused> SeriesGuard::check(const model::Batch& batch) {
  std::vector<Refused> refused;
  const model::MetricColumns& points = batch.metrics;
  if (points.size() == 0 || (limits_.series_per_metric == 0 && limits_.values_per_label == 0)) {
    return refused;
  }
  SeriesHashes hashes(batch);
  const std::vector<std::uint64_t> spellings = hash_spellings(batch, hashes);

  const std::lock_guard lock(mutex_);
  if (clock_.now() >= round_ends_) begin_round();
  project_ = find_project(batch.project);
  for (std::uint32_t row = 0; row < points.size(); ++row) {
    if (spellings_.find(spellings[row], round_) != nullptr) continue;
    const auto why = admit(batch, row, points.series.empty() ? spellings[row] : hashes.of(row));
    if (why.empty()) {
      note_spelling(spellings[row]);
    } else {
      refused.push_back({row, why});
    }
  }
  tracked_.set(static_cast<double>(series_.size()));
  return refused;
}

std::string_view SeriesGuard::admit(const model::Batch& batch, std::uint32_t row,
                                    std::uint64_t hash) {
  if (series_.find(hash, round_) != nullptr) return {};
  const model::MetricColumns& points = batch.metrics;
  const std::string_view name = points.metrics[points.metric[row]].name;
  return admit_series(hash, find_owner(false, name), points.attributes[row]);
}

void SeriesGuard::note_spelling(std::uint64_t hash) {
  if (spellings_.size() >= kMaxSpellings) spellings_.clear();
  if (spellings_.find(hash, round_) == nullptr) spellings_.insert(hash, 0, round_);
}

// A series is admitted whole: its values are noted only once nothing speaks against any of them.
std::string_view SeriesGuard::admit_series(std::uint64_t hash, std::uint32_t metric,
                                           model::Attributes attributes) {
  if (const auto why = find_refusal(owners_[metric]); !why.empty()) return why;
  new_values_.clear();
  new_value_labels_.clear();
  if (limits_.values_per_label != 0) {
    const std::uint64_t project = hash64(projects_[project_].name);
    for (const auto& [key, value] : attributes) {
      const std::uint32_t label = find_owner(true, key);
      const std::uint64_t known = mix(hash_value(value, hash64(key)) ^ project);
      if (values_.find(known, round_) != nullptr) continue;
      if (const auto why = find_refusal(owners_[label]); !why.empty()) return why;
      new_values_.push_back(known);
      new_value_labels_.push_back(label);
    }
  }
  for (std::size_t i = 0; i < new_values_.size(); ++i) {
    if (values_.find(new_values_[i], round_) != nullptr) continue;  // Twice in this series.
    values_.insert(new_values_[i], new_value_labels_[i], round_);
    count(new_value_labels_[i]);
  }
  series_.insert(hash, metric, round_);
  count(metric);
  return {};
}

void SeriesGuard::count(std::uint32_t owner) {
  ++owners_[owner].count;
  ++projects_[owners_[owner].project].tracked;
}

// Few, so that looking at each is cheap. Those that are one are known by its name.
std::uint32_t SeriesGuard::find_project(std::string_view name) {
  const auto found = std::find_if(projects_.begin(), projects_.end(),
                                  [&](const Project& project) { return project.name == name; });
  const auto index = static_cast<std::uint32_t>(found - projects_.begin());
  if (found != projects_.end()) return index;
  if (index == kMaxProjects) return 0;
  Project& project = projects_.emplace_back();
  project.name = name;
  project.other_metrics = add_owner(false, kOthers, index);
  project.other_labels = add_owner(true, kOthers, index);
  return index;
}

std::uint32_t SeriesGuard::find_owner(bool is_label, std::string_view name) {
  const std::uint64_t hash = hash64(name, hash64(projects_[project_].name, is_label ? 1 : 0));
  if (const auto found = owner_of_.find(hash); found != owner_of_.end()) return found->second;
  const Project& project = projects_[project_];
  if (!may_take(project.owners, kOwnOwners, owners_.size(), kMaxOwners))
    return is_label ? project.other_labels : project.other_metrics;
  const std::uint32_t index = add_owner(is_label, shown(name), project_);
  owner_of_.emplace(hash, index);
  return index;
}

std::uint32_t SeriesGuard::add_owner(bool is_label, std::string_view name, std::uint32_t project) {
  Owner& owner = owners_.emplace_back();
  owner.name = name;
  owner.project = project;
  owner.is_label = is_label;
  ++projects_[project].owners;
  return static_cast<std::uint32_t>(owners_.size() - 1);
}

bool SeriesGuard::may_track(const Project& project) const {
  return may_take(project.tracked, kOwnTracked, series_.size() + values_.size(), kMaxTracked);
}

bool SeriesGuard::may_name(const Project& project) const {
  return project.named < kMaxNamed && named_ < kMaxNamedInAll;
}

// "metric hits", and whose it is where there are several.
std::string SeriesGuard::describe(const Owner& owner) const {
  const std::string_view project = projects_[owner.project].name;
  return fmt::format("{} {}{}{}", owner.is_label ? "label" : "metric", owner.name,
                     project == kDefaultProject ? "" : " of project ",
                     project == kDefaultProject ? "" : project);
}

std::size_t SeriesGuard::limit(const Owner& owner) const {
  return owner.is_label ? limits_.values_per_label : limits_.series_per_metric;
}

std::string_view SeriesGuard::find_refusal(Owner& owner) {
  const Project& project = projects_[owner.project];
  if (!may_track(project)) {
    return refuse(owner, fmt::format("{}: its project has too many series and values of labels "
                                     "altogether ({}); no new one is taken",
                                     describe(owner), project.tracked));
  }
  const std::size_t most = limit(owner);
  if (most == 0 || 5 * owner.count < 4 * most) return {};
  const char* items = owner.is_label ? "values" : "series";
  const char* option = owner.is_label ? "--max-values-per-label" : "--max-series-per-metric";
  if (owner.count >= most) {
    return refuse(owner, fmt::format("{} has {} {}, which is {}: no new one is taken",
                                     describe(owner), owner.count, items, option));
  }
  if (!owner.warned && may_name(project)) {
    owner.warned = true;
    warn_(fmt::format("{} has {} {}; at {} ({}) new ones are refused", describe(owner), owner.count,
                      items, most, option));
  }
  return {};
}

std::string_view SeriesGuard::refuse(Owner& owner, std::string why) {
  if (owner.why.empty()) {
    Project& project = projects_[owner.project];
    const bool is_named = may_name(project);
    named_ += is_named ? 1 : 0;
    project.named += is_named ? 1 : 0;
    const std::string_view name = is_named ? std::string_view(owner.name) : kOthers;
    owner.refused = &registry_.counter(
        "obs_pipeline_series_refused_total", "Points of new series that were refused.",
        {{"kind", owner.is_label ? "label" : "metric"}, {"name", name}});
    if (is_named) {
      warn_(why);
      owner.why = told_.emplace_back(std::move(why));
    } else {
      owner.why = owner.is_label ? "a label has too many values (--max-values-per-label)"
                                 : "a metric has too many series (--max-series-per-metric)";
    }
  }
  owner.refused->add();
  return owner.why;
}

void SeriesGuard::begin_round() {
  round_ends_ = clock_.now() + kRound;
  // Seen in the round that ends, or in this one: so each is kept for one round at least.
  const std::uint32_t oldest = round_++;
  const auto gone = [this](std::uint32_t owner) {
    --owners_[owner].count;
    --projects_[owners_[owner].project].tracked;
  };
  spellings_.clear();  // So that each series is looked for, and is seen, in this round.
  series_.sweep(oldest, gone);
  values_.sweep(oldest, gone);
}

}  // namespace obs::pipeline
