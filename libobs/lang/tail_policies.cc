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

std::vector<const Expr*> tail_policies(const TailSampleStage& stage) {
  std::vector<const Expr*> policies;
  split(*stage.keep, policies);
  return policies;
}

TailSampleOptions tail_options(const TailSampleStage& stage, std::size_t memory) {
  TailSampleOptions options;
  options.wait = stage.wait;
  options.otherwise = stage.otherwise;
  options.traces_per_second = stage.traces_per_second;
  options.max_bytes = std::min(options.max_bytes, memory / 2);
  return options;
}

void append_met(std::string& out, const MetLine& met) {
  append_hex(out, met.trace.bytes);
  out += ' ';
  if (met.policy == TailSampler::kNoPolicy) {
    out += '-';
  } else {
    fmt::format_to(std::back_inserter(out), "{}", met.policy);
  }
  out += '\t';
  out += met.record;
}

std::optional<MetLine> parse_met(std::string_view line) {
  constexpr std::size_t kIdDigits = 32;
  const std::size_t tab = line.substr(0, 64).find('\t');
  MetLine met;
  const bool has_id = tab != std::string_view::npos && tab > kIdDigits &&
                      model::parse_id(line.substr(0, kIdDigits), met.trace);
  if (!has_id) return std::nullopt;
  std::string_view policy = line.substr(kIdDigits + 1, tab - kIdDigits - 1);
  if (policy != "-" && !take_number(policy, met.policy)) return std::nullopt;
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
