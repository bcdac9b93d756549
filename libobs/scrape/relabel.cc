#include "libobs/scrape/relabel.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/scrape/md5.h"

namespace obs::scrape {
namespace {

constexpr std::string_view kActions[] = {"replace",   "keep",      "drop",     "keepequal",
                                         "dropequal", "hashmod",   "labelmap", "labeldrop",
                                         "labelkeep", "lowercase", "uppercase"};

using Groups = std::vector<std::string_view>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

const Regex& everything() {
  static const Regex kEverything = *Regex::compile("^(?s:(.*))$");
  return kEverything;
}

const Regex& regex_of(const RelabelStep& step) {
  return step.regex == nullptr ? everything() : *step.regex;
}

// A group by its number or its name; none is empty.
std::string_view find_group(const Regex& regex, const Groups& groups, std::string_view name) {
  if (const auto number = parse_uint(name)) {
    return *number < groups.size() ? groups[*number] : std::string_view();
  }
  const std::vector<std::string>& names = regex.group_names();
  const auto found = std::find(names.begin(), names.end(), name);
  const auto place = static_cast<std::size_t>(found - names.begin());
  return place < groups.size() ? groups[place] : std::string_view();
}

// Go's Regexp.Expand: $1, ${1}, $name, ${name}, and $$ for a dollar.
std::string expand(std::string_view pattern, const Regex& regex, const Groups& groups) {
  std::string out;
  while (!pattern.empty()) {
    const std::size_t dollar = pattern.find('$');
    out += pattern.substr(0, dollar);
    if (dollar == pattern.npos) break;
    pattern.remove_prefix(dollar + 1);
    if (pattern.starts_with('$')) {
      out += '$';
      pattern.remove_prefix(1);
      continue;
    }
    const bool braced = pattern.starts_with('{');
    const std::size_t begin = braced ? 1 : 0;
    std::size_t end = begin;
    while (end < pattern.size() && is_word(pattern[end])) ++end;
    const bool closed = !braced || (end < pattern.size() && pattern[end] == '}');
    if (end == begin || !closed) {
      out += '$';
      continue;
    }
    out += find_group(regex, groups, pattern.substr(begin, end - begin));
    pattern.remove_prefix(braced ? end + 1 : end);
  }
  return out;
}

std::string_view find(const Labels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

void set(Labels& labels, const std::string& name, std::string value) {
  if (value.empty()) {
    labels.erase(name);
  } else {
    labels[name] = std::move(value);
  }
}

std::string join_sources(const RelabelStep& step, const Labels& labels) {
  std::string joined;
  for (std::size_t i = 0; i < step.source_labels.size(); ++i) {
    if (i > 0) joined += step.separator;
    joined += find(labels, step.source_labels[i]);
  }
  return joined;
}

void replace(const RelabelStep& step, const std::string& source, Labels& labels) {
  const Regex& regex = regex_of(step);
  const Groups groups = regex.match(source);
  if (groups.empty()) return;
  const std::string target = expand(step.target_label, regex, groups);
  if (target.empty()) return;
  set(labels, target, expand(step.replacement, regex, groups));
}

// The last eight bytes of the MD5, big-endian.
std::uint64_t hash_mod(std::string_view text, std::uint64_t modulus) {
  const auto digest = md5(text);
  std::uint64_t number = 0;
  for (std::size_t i = 8; i < digest.size(); ++i) number = number << 8 | digest[i];
  return number % modulus;
}

void map_labels(const RelabelStep& step, Labels& labels) {
  const Labels before = labels;
  for (const auto& [name, value] : before) {
    const Groups groups = regex_of(step).match(name);
    if (!groups.empty()) set(labels, expand(step.replacement, regex_of(step), groups), value);
  }
}

std::string change_case(std::string text, int (*change)(int)) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

bool apply(const RelabelStep& step, Labels& labels) {
  const std::string source = join_sources(step, labels);
  const auto matches = [&step](std::string_view text) { return regex_of(step).full_match(text); };
  switch (step.action) {
    case RelabelAction::kReplace: replace(step, source, labels); break;
    case RelabelAction::kKeep: return matches(source);
    case RelabelAction::kDrop: return !matches(source);
    case RelabelAction::kKeepEqual: return source == find(labels, step.target_label);
    case RelabelAction::kDropEqual: return source != find(labels, step.target_label);
    case RelabelAction::kHashMod:
      set(labels, step.target_label, std::to_string(hash_mod(source, step.modulus)));
      break;
    case RelabelAction::kLabelMap: map_labels(step, labels); break;
    case RelabelAction::kLabelDrop:
      std::erase_if(labels, [&](const auto& label) { return matches(label.first); });
      break;
    case RelabelAction::kLabelKeep:
      std::erase_if(labels, [&](const auto& label) { return !matches(label.first); });
      break;
    case RelabelAction::kLowercase:
      set(labels, step.target_label, change_case(source, std::tolower));
      break;
    case RelabelAction::kUppercase:
      set(labels, step.target_label, change_case(source, std::toupper));
      break;
  }
  return true;
}

}  // namespace

Result<RelabelAction> parse_relabel_action(std::string_view name) {
  const std::string lower = to_lower(name);
  const auto found = std::find(std::begin(kActions), std::end(kActions), lower);
  if (found != std::end(kActions)) {
    return static_cast<RelabelAction>(found - std::begin(kActions));
  }
  return fail(Errc::kInvalidArgument,
              fmt::format("action '{}' is not one of {}", name, fmt::join(kActions, ", ")));
}

Result<std::shared_ptr<const Regex>> compile_relabel_regex(std::string_view pattern) {
  OBS_TRY(Regex regex, Regex::compile(fmt::format("^(?s:{})$", pattern)));
  return std::shared_ptr<const Regex>(std::make_shared<Regex>(std::move(regex)));
}

std::string check_step(const RelabelStep& step) {
  switch (step.action) {
    case RelabelAction::kHashMod:
      if (step.modulus == 0) return "hashmod needs a modulus above 0";
      [[fallthrough]];
    case RelabelAction::kReplace:
    case RelabelAction::kKeepEqual:
    case RelabelAction::kDropEqual:
    case RelabelAction::kLowercase:
    case RelabelAction::kUppercase:
      return step.target_label.empty() ? "this action needs a target_label" : "";
    default: return "";
  }
}

bool relabel(const std::vector<RelabelStep>& steps, Labels& labels) {
  return std::all_of(steps.begin(), steps.end(),
                     [&labels](const RelabelStep& step) { return apply(step, labels); });
}

}  // namespace obs::scrape
