#include "libobs/lang/log_patterns.h"

#include <algorithm>

#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

constexpr std::size_t kMaxWords = 64;
constexpr std::size_t kMaxExample = 500;
// A line belongs to a template when this share of its words agrees: Drain's authors found 0.4 to
// 0.5 best over eleven logs.
constexpr double kAgreement = 0.5;
// Templates that begin alike are compared one by one.
constexpr std::size_t kMaxGroup = 64;
constexpr std::string_view kAny = "<_>";

// Whether a word says what changes from line to line: numbers, ids, paths with numbers.
bool varies(std::string_view word) { return std::any_of(word.begin(), word.end(), is_digit); }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const bool is_last = words.size() + 1 == kMaxWords;
    const std::size_t end =
        is_last ? line.size() : std::min(line.find_first_of(" \t\r\n"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// What a template keeps of a word: nothing of one that varies, the name of a name=value.
std::string fixed_part(std::string_view word) {
  const std::size_t sign = word.find('=');
  if (sign != std::string_view::npos && sign > 0 && !varies(word.substr(0, sign))) {
    return std::string(word.substr(0, sign + 1)).append(kAny);
  }
  return varies(word) ? std::string() : std::string(word);
}

bool agrees(std::string_view fixed, std::string_view word) {
  if (fixed == word) return true;
  if (!fixed.ends_with(kAny)) return false;
  const std::string_view name = fixed.substr(0, fixed.size() - kAny.size());
  return !name.empty() && word.starts_with(name);
}

}  // namespace

std::size_t LogPatterns::agreeing(const Template& known, const Words& words) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& fixed = known.words[i];
    // A word that varies agrees with the hole for such words, but not with others.
    count += fixed.empty() ? varies(words[i]) : agrees(fixed, words[i]);
  }
  return count;
}

LogPatterns::Template& LogPatterns::find(const Words& words) {
  std::string first = words.empty() ? std::string() : fixed_part(words[0]);
  auto& group = groups_[{words.size(), std::move(first)}];
  Template* best = nullptr;
  std::size_t most = 0;
  for (Template& known : group) {
    const std::size_t count = agreeing(known, words);
    if (best == nullptr || count > most) {
      best = &known;
      most = count;
    }
  }
  const bool is_near = static_cast<double>(most) >= kAgreement * static_cast<double>(words.size());
  const bool is_full = size_ >= max_patterns_ || group.size() >= kMaxGroup;
  if (best != nullptr && (is_near || is_full)) return *best;
  Template fresh;
  if (size_ >= max_patterns_) {
    // One template for all that there is no room for.
    auto& others = groups_[{SIZE_MAX, {}}];
    if (others.empty()) others.push_back({{std::string()}, 0, {}, UINT64_MAX});
    return others.front();
  }
  ++size_;
  fresh.order = UINT64_MAX;
  for (const std::string_view word : words) fresh.words.push_back(fixed_part(word));
  group.push_back(std::move(fresh));
  return group.back();
}

void LogPatterns::add(std::string_view line, double weight, std::uint64_t order) {
  const Words words = words_of(line);
  Template& known = find(words);
  known.count += weight;
  if (order < known.order) {
    known.order = order;
    known.example = line.substr(0, kMaxExample);
  }
  if (known.words.size() != words.size()) return;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!known.words[i].empty() && !agrees(known.words[i], words[i])) known.words[i].clear();
  }
}

std::vector<LogPatterns::Pattern> LogPatterns::patterns() const {
  std::vector<const Template*> known;
  for (const auto& [key, group] : groups_) {
    for (const Template& one : group) known.push_back(&one);
  }
  std::sort(known.begin(), known.end(), [](const Template* a, const Template* b) {
    return a->count != b->count ? a->count > b->count : a->order < b->order;
  });
  std::vector<Pattern> patterns;
  for (const Template* one : known) {
    Pattern pattern{{}, one->count, one->example};
    for (const std::string& word : one->words) {
      if (!pattern.text.empty()) pattern.text += ' ';
      pattern.text += word.empty() ? kAny : std::string_view(word);
    }
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

}  // namespace obs::lang
