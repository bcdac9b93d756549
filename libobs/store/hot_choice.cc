#include "libobs/store/hot_choice.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "libobs/base/text.h"

namespace obs::store {
namespace {

// So many rows, spread over all, show the keys that one row in a hundred has.
constexpr std::size_t kSampledRows = 4096;
// A stranger may send a new key with each record: keys beyond so many are not counted.
constexpr std::size_t kMaxCountedKeys = 4096;
// Candidates are more than columns, as some will turn out to have mixed values.
constexpr std::size_t kMaxCandidates = 2 * kMaxHotAttributes;

// A hot key is in one row out of so many…
constexpr std::size_t kRowsPerUse = 100;
// …and in so many rows, below which a column is not worth its page.
constexpr std::size_t kLeastUses = 8;
// A key that was hot stays so while it is at least this part as frequent as one that becomes so.
constexpr std::size_t kLoyalty = 4;
// Fewer rows than this do not tell that a key has gone.
constexpr std::size_t kTellingRows = 65'536;

// In a merge, a key is given up when fewer of the rows than one in so many come from parts that
// have it as a column.
constexpr std::uint64_t kRowsPerMergedRow = 16;

using Counts = std::unordered_map<std::string_view, std::size_t>;

Counts count_keys(const RowSet& set, std::span<const RowRef> rows, std::size_t step) {
  Counts counts;
  for (std::size_t i = 0; i < rows.size(); i += step) {
    const model::Batch& batch = *set.batches()[rows[i].batch].batch;
    for (const model::KeyValue& entry : attributes_of(batch)[rows[i].row]) {
      const auto found = counts.find(entry.key);
      if (found != counts.end()) {
        ++found->second;
      } else if (counts.size() < kMaxCountedKeys) {
        counts.emplace(entry.key, 1);
      }
    }
  }
  return counts;
}

struct Candidate {
  std::string key;
  std::size_t weight = 0;
};

// By weight, the heaviest first; by name where that is the same, so that the choice is always one.
void sort_by_weight(std::vector<Candidate>& candidates) {
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.key < b.key;
  });
}

std::vector<Candidate> choose_candidates(const RowSet& set, std::span<const RowRef> rows,
                                         std::span<const HotAttribute> before) {
  const std::size_t step = std::max<std::size_t>(rows.size() / kSampledRows, 1);
  const std::size_t sampled = (rows.size() + step - 1) / step;
  const std::size_t enough = std::max(sampled / kRowsPerUse, std::min(kLeastUses, sampled));
  std::vector<Candidate> candidates;
  Counts counts = count_keys(set, rows, step);
  for (const HotAttribute& old : before) {
    const auto found = counts.find(old.key);
    const std::size_t count = found == counts.end() ? 0 : found->second;
    if (count * kLoyalty < enough && rows.size() >= kTellingRows) continue;
    candidates.push_back({old.key, count * kLoyalty});
    if (found != counts.end()) counts.erase(found);
  }
  for (const auto& [key, count] : counts) {
    if (count >= enough && can_name_column(key)) candidates.push_back({std::string(key), count});
  }
  sort_by_weight(candidates);
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
  return candidates;
}

// What all rows say of a key.
struct Evidence {
  std::size_t last_row = ~std::size_t{0};
  std::optional<HotType> type;
  bool mixed = false;

  void add(std::size_t row, const model::Value& value) {
    const auto of_value = hot_type_of(value);
    if (!type) type = of_value;
    mixed = mixed || !of_value || of_value != type || last_row == row;
    last_row = row;
  }
};

std::vector<Evidence> examine(const RowSet& set, std::span<const RowRef> rows,
                              std::span<const HotAttribute> keys) {
  std::vector<Evidence> evidence(keys.size());
  HotIndex index(keys);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const model::Batch& batch = *set.batches()[rows[i].batch].batch;
    const model::Attributes attributes = attributes_of(batch)[rows[i].row];
    for (std::size_t at = 0; at < attributes.size(); ++at) {
      const std::size_t key = index.find(attributes[at].key, at);
      if (key != HotIndex::kNone) evidence[key].add(i, attributes[at].value);
    }
  }
  return evidence;
}

// The first of `candidates`, as many as there may be, none of which DuckDB takes for another.
HotAttributes take_first(std::span<const HotAttribute> candidates) {
  HotAttributes hot;
  std::set<std::string> names;
  for (const HotAttribute& candidate : candidates) {
    if (hot.size() == kMaxHotAttributes) break;
    if (names.insert(to_lower(candidate.key)).second) hot.push_back(candidate);
  }
  std::sort(hot.begin(), hot.end(),
            [](const HotAttribute& a, const HotAttribute& b) { return a.key < b.key; });
  return hot;
}

}  // namespace

HotAttributes choose_hot_attributes(const RowSet& set, std::span<const RowRef> rows,
                                    std::span<const HotAttribute> before) {
  if (!has_hot_attributes(set.signal())) return {};
  HotAttributes candidates;
  for (Candidate& candidate : choose_candidates(set, rows, before)) {
    const HotAttribute* old = find_hot(before, candidate.key);
    const HotType type = old == nullptr ? HotType::kText : old->type;
    candidates.push_back({std::move(candidate.key), type});
  }
  // In the order of memory, where that is possible: that of time took twice as long.
  const std::vector<RowRef> all = set.all_rows();
  const std::vector<Evidence> evidence =
      examine(set, rows.size() == all.size() ? std::span<const RowRef>(all) : rows, candidates);
  HotAttributes pure;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (evidence[i].mixed) continue;
    pure.push_back({std::move(candidates[i].key), evidence[i].type.value_or(candidates[i].type)});
  }
  return take_first(pure);
}

HotAttributes choose_hot_attributes(std::span<const HotInput> inputs) {
  struct Votes {
    std::uint64_t rows = 0;
    HotType type = HotType::kText;
    bool mixed = false;
  };
  std::map<std::string_view, Votes> votes;
  std::uint64_t rows = 0;
  for (const HotInput& input : inputs) {
    rows += input.rows;
    for (const HotAttribute& attribute : input.hot) {
      Votes& vote = votes.try_emplace(attribute.key, Votes{0, attribute.type, false}).first->second;
      vote.rows += input.rows;
      vote.mixed = vote.mixed || vote.type != attribute.type;
    }
  }
  std::vector<Candidate> candidates;
  for (const auto& [key, vote] : votes) {
    if (vote.mixed || vote.rows * kRowsPerMergedRow < rows) continue;
    candidates.push_back({std::string(key), vote.rows});
  }
  sort_by_weight(candidates);
  HotAttributes chosen;
  for (Candidate& candidate : candidates) {
    const HotType type = votes.find(candidate.key)->second.type;
    chosen.push_back({std::move(candidate.key), type});
  }
  return take_first(chosen);
}

}  // namespace obs::store
