#include "libobs/lang/tail_policies.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::lang {
namespace {

void split(const Expr& condition, std::vector<const Expr*>& out) {
  const auto* operation = std::get_if<Operation>(&condition.node);
  if (operation == nullptr || operation->op != Op::kOr) {
    out.push_back(&condition);
    return;
  }
  for (const ExprPtr& operand : operation->operands) split(*operand, out);
}

// A decimal number at the front of the words; takes it and the space behind it off.
template <class Number>
bool take_number(std::string_view& words, Number& number) {
  const char* const end = words.data() + words.size();
  const auto parsed = std::from_chars(words.data(), end, number);
  if (parsed.ec != std::errc()) return false;
  words.remove_prefix(static_cast<std::size_t>(parsed.ptr - words.data()));
  if (words.starts_with(' ')) words.remove_prefix(1);
  return true;
}

}  // namespace

std::vector<TailPolicy> tail_policies(const TailSampleStage& stage) {
  std::vector<TailPolicy> policies;
  for (std::size_t when = 0; when < stage.whens.size(); ++when) {
    const auto& conditions = stage.whens[when].conditions;
    std::vector<const Expr*> found;
    if (conditions.size() == 1) {
      split(*conditions.front(), found);
      for (const Expr* alternative : found) policies.push_back({{alternative}, when});
    } else {
      for (const ExprPtr& condition : conditions) found.push_back(condition.get());
      policies.push_back({std::move(found), when});
    }
  }
  return policies;
}

std::size_t tail_condition_count(const TailSampleStage& stage) {
  std::size_t count = 0;
  for (const TailPolicy& policy : tail_policies(stage)) count += policy.conditions.size();
  return count;
}

TailSampleOptions tail_options(const TailSampleStage& stage, std::size_t memory) {
  TailSampleOptions options;
  options.wait = stage.wait;
  options.otherwise = stage.otherwise;
  options.traces_per_second = stage.traces_per_second;
  for (const TailSampleStage::When& when : stage.whens) {
    options.limits.push_back(when.traces_per_second.value_or(TailSampleOptions::kNoLimit));
  }
  std::size_t condition = 0;
  for (const TailPolicy& policy : tail_policies(stage)) {
    TailSampleOptions::Policy rule{0, static_cast<std::uint32_t>(policy.when)};
    for (std::size_t i = 0; i < policy.conditions.size(); ++i) {
      rule.conditions |= std::uint64_t{1} << condition++;
    }
    options.policies.push_back(rule);
  }
  options.max_bytes = std::min(options.max_bytes, memory / 2);
  return options;
}

void append_met(std::string& out, const MetLine& met) {
  append_hex(out, met.trace.bytes);
  fmt::format_to(std::back_inserter(out), " {}\t", met.conditions);
  out += met.record;
}

std::optional<MetLine> parse_met(std::string_view line) {
  constexpr std::size_t kIdDigits = 32;
  const std::size_t tab = line.substr(0, 64).find('\t');
  MetLine met;
  const bool has_id = tab != std::string_view::npos && tab > kIdDigits &&
                      model::parse_id(line.substr(0, kIdDigits), met.trace);
  if (!has_id) return std::nullopt;
  std::string_view words = line.substr(kIdDigits + 1, tab - kIdDigits - 1);
  if (!take_number(words, met.conditions) || !words.empty()) return std::nullopt;
  met.record = line.substr(tab + 1);
  return met;
}

void append_kept(std::string& out, const KeptLine& kept) {
  fmt::format_to(std::back_inserter(out), "{} {} {}\t", static_cast<int>(kept.decision.reason),
                 kept.decision.policy, kept.decision.threshold);
  out += kept.record;
}

std::optional<KeptLine> parse_kept(std::string_view line) {
  const std::size_t tab = line.substr(0, 64).find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  std::string_view words = line.substr(0, tab);
  KeptLine kept;
  int reason = 0;
  const bool is_kept = take_number(words, reason) && take_number(words, kept.decision.policy) &&
                       take_number(words, kept.decision.threshold) && words.empty();
  if (!is_kept) return std::nullopt;
  kept.decision.keep = true;
  kept.decision.reason = static_cast<TailReason>(reason);
  kept.record = line.substr(tab + 1);
  return kept;
}

}  // namespace obs::lang
