#include "libobs/lang/tail_sample.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace obs::lang {
namespace {

bool meets(const TailSampleOptions::Policy& policy, std::uint64_t conditions) {
  return (policy.conditions & ~conditions) == 0;
}

}  // namespace

std::string to_text(const TailDecision& decision, std::string_view policy_name) {
  const std::string_view early = decision.early ? ", decided early for lack of memory" : "";
  switch (decision.reason) {
    case TailReason::kPolicy: return fmt::format("kept: {}{}", policy_name, early);
    case TailReason::kShare:
      return fmt::format("kept: one of {:.4g} of the others{}", adjusted_count(decision.threshold),
                         early);
    case TailReason::kRate: return fmt::format("dropped: {}, over the limit{}", policy_name, early);
    default: return fmt::format("dropped: one of the others{}", early);
  }
}

// Ids are random already.
std::size_t TailSampler::IdHash::operator()(const model::TraceId& id) const {
  std::uint64_t words[2];
  std::memcpy(words, id.bytes.data(), sizeof(words));
  return words[0] ^ words[1] * 0x9e3779b97f4a7c15;
}

TailSampler::TailSampler(const TailSampleOptions& options)
    : options_(options), others_(options.otherwise) {
  fit_buckets();
}

void TailSampler::add(const model::TraceId& trace, std::string_view span, std::uint64_t conditions,
                      Timestamp now, std::vector<Decided>& out) {
  advance(now, out);
  const auto decided = decided_.find(trace);
  if (decided != decided_.end()) {
    out.push_back({std::string(span), decided->second, false, true});
    return;
  }
  auto [found, is_new] = waiting_.try_emplace(trace);
  Trace& waiting = found->second;
  if (is_new) {
    waiting.since = now_;
    order_.push_back(trace);
  }
  waiting.conditions |= conditions;
  waiting.spans.emplace_back(span);
  bytes_ += span.size() + kSpanCost;
  while (!order_.empty() &&
         (bytes_ > options_.max_bytes || waiting_.size() > options_.max_traces)) {
    decide_oldest(true, out);
  }
}

void TailSampler::advance(Timestamp now, std::vector<Decided>& out) {
  now_ = std::max(now_, now);
  while (!order_.empty()) {
    if (now_ - waiting_.find(order_.front())->second.since < options_.wait) return;
    decide_oldest(false, out);
  }
}

std::optional<Timestamp> TailSampler::next_due() const {
  if (order_.empty()) return std::nullopt;
  return waiting_.find(order_.front())->second.since + options_.wait;
}

void TailSampler::set_options(const TailSampleOptions& options) {
  options_ = options;
  others_ = Sampler(options.otherwise);
  fit_buckets();
}

void TailSampler::for_each_span(const std::function<void(std::string_view)>& visit) const {
  for (const auto& [id, trace] : waiting_) {
    for (const std::string& span : trace.spans) visit(span);
  }
}

void TailSampler::finish(std::vector<Decided>& out) {
  while (!order_.empty()) decide_oldest(false, out);
}

void TailSampler::decide_oldest(bool early, std::vector<Decided>& out) {
  const model::TraceId id = order_.front();
  order_.pop_front();
  auto node = waiting_.extract(id);
  Trace& trace = node.mapped();
  TailDecision decision = decide(id, trace);
  decision.early = early;
  for (std::string& span : trace.spans) {
    bytes_ -= span.size() + kSpanCost;
    out.push_back({std::move(span), decision, &span == trace.spans.data(), false});
  }
  remember(id, decision);
}

TailDecision TailSampler::decide(const model::TraceId& id, const Trace& trace) {
  TailDecision decision;
  decision.policy = choose(trace.conditions);
  if (decision.policy != kNoPolicy) {
    decision.keep = true;
    decision.reason = TailReason::kPolicy;
    return decision;
  }
  decision.policy = first_met(trace.conditions);
  const auto share = others_.decide(randomness_of(id), std::nullopt, true);
  if (share.keep) {
    decision.keep = true;
    decision.reason = TailReason::kShare;
    decision.threshold = share.threshold;
  } else if (decision.policy != kNoPolicy) {
    decision.reason = TailReason::kRate;
  }
  return decision;
}

std::uint32_t TailSampler::first_met(std::uint64_t conditions) const {
  if (options_.policies.empty() && conditions != 0) {
    return static_cast<std::uint32_t>(std::countr_zero(conditions));
  }
  for (std::uint32_t i = 0; i < options_.policies.size(); ++i) {
    if (meets(options_.policies[i], conditions)) return i;
  }
  return kNoPolicy;
}

std::uint32_t TailSampler::choose(std::uint64_t conditions) {
  const std::uint32_t first = first_met(conditions);
  if (first == kNoPolicy) return kNoPolicy;
  Bucket& all = buckets_.front();
  fill(0);
  if (all.tokens < 1) return kNoPolicy;
  for (std::uint32_t i = first; i < options_.policies.size(); ++i) {
    const TailSampleOptions::Policy& policy = options_.policies[i];
    if (!meets(policy, conditions)) continue;
    Bucket& own = buckets_[policy.limit + 1];
    fill(policy.limit + 1);
    if (own.tokens < 1) continue;
    --own.tokens;
    --all.tokens;
    return i;
  }
  if (!options_.policies.empty()) return kNoPolicy;
  --all.tokens;
  return first;
}

double TailSampler::rate_of(std::size_t bucket) const {
  if (bucket > 0) return options_.limits[bucket - 1];
  return options_.traces_per_second.value_or(TailSampleOptions::kNoLimit);
}

// New ones are full.
void TailSampler::fit_buckets() {
  buckets_.resize(options_.limits.size() + 1, {TailSampleOptions::kNoLimit, 0});
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    buckets_[i].tokens = std::min(buckets_[i].tokens, std::max(rate_of(i), 1.0));
  }
}

void TailSampler::fill(std::size_t bucket) {
  auto& [tokens, filled] = buckets_[bucket];
  const double rate = rate_of(bucket);
  if (filled != 0 && now_ > filled) {
    const double seconds = static_cast<double>(now_ - filled) / static_cast<double>(kSecond);
    tokens = std::min(tokens + seconds * rate, std::max(rate, 1.0));
  }
  filled = now_;
}

void TailSampler::remember(const model::TraceId& id, const TailDecision& decision) {
  if (options_.remembered == 0) return;
  if (decided_order_.size() >= options_.remembered) {
    decided_.erase(decided_order_.front());
    decided_order_.pop_front();
  }
  decided_.emplace(id, decision);
  decided_order_.push_back(id);
}

}  // namespace obs::lang
