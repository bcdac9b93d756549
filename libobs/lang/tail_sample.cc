#include "libobs/lang/tail_sample.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace obs::lang {
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
    : options_(options),
      others_(options.otherwise),
      tokens_(std::max(options.traces_per_second.value_or(0), 1.0)) {}

void TailSampler::add(const model::TraceId& trace, std::string_view span, std::uint32_t policy,
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
  waiting.policy = std::min(waiting.policy, policy);
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
  tokens_ = std::min(tokens_, std::max(options.traces_per_second.value_or(0), 1.0));
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
  decision.policy = trace.policy;
  const bool meets = trace.policy != kNoPolicy;
  if (meets && take_token()) {
    decision.keep = true;
    decision.reason = TailReason::kPolicy;
    return decision;
  }
  const auto share = others_.decide(randomness_of(id), std::nullopt, true);
  if (share.keep) {
    decision.keep = true;
    decision.reason = TailReason::kShare;
    decision.threshold = share.threshold;
  } else if (meets) {
    decision.reason = TailReason::kRate;
  }
  return decision;
}

// A bucket that fills with the rate and holds a second's worth.
bool TailSampler::take_token() {
  if (!options_.traces_per_second) return true;
  const double rate = *options_.traces_per_second;
  if (filled_ != 0) {
    const double seconds = static_cast<double>(now_ - filled_) / static_cast<double>(kSecond);
    tokens_ = std::min(tokens_ + seconds * rate, std::max(rate, 1.0));
  }
  filled_ = now_;
  if (tokens_ < 1) return false;
  --tokens_;
  return true;
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
