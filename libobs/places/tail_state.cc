#include "libobs/places/tail_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/byte_order.h"
#include "libobs/lang/tail_policies.h"

namespace obs::places {
namespace {

using lang::TailSampler;

constexpr char kTake = 'T';
constexpr char kAdvance = 'A';
constexpr char kOptions = 'O';
constexpr char kSent = 'S';
// So that a duration can be added to it.
constexpr Timestamp kLatest = std::numeric_limits<Timestamp>::max() / 2;

// The sampler keeps a record's signal in front of its line.
model::Signal signal_of(std::string_view span) { return static_cast<model::Signal>(span.front()); }

std::size_t index_of(model::Signal signal) { return static_cast<std::size_t>(signal); }

void append_time(std::string& out, Timestamp time) {
  append_number(out, static_cast<std::uint64_t>(time));
}

// Negative when it can be none.
Timestamp take_time(ByteReader& in) {
  const auto time = static_cast<Timestamp>(in.number<std::uint64_t>());
  return time <= kLatest ? time : -1;
}

void append_double(std::string& out, double value) {
  append_number(out, std::bit_cast<std::uint64_t>(value));
}

double take_double(ByteReader& in) { return std::bit_cast<double>(in.number<std::uint64_t>()); }

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

struct Take {
  std::uint8_t signal;
  model::BatchId id;
  std::vector<TailRecord> records;
};

std::optional<Take> parse_take(ByteReader& in) {
  Take take;
  take.signal = in.number<std::uint8_t>();
  take.id = in.id<model::BatchId>();
  constexpr std::size_t kLeastRecord = sizeof(model::TraceId) + 12;
  take.records.resize(in.count(kLeastRecord));
  for (TailRecord& record : take.records) {
    record.trace = in.id<model::TraceId>();
    record.conditions = in.number<std::uint64_t>();
    record.line = in.text();
  }
  const bool is_sound = in.is_done() && take.signal < model::kSignalCount;
  return is_sound ? std::optional(std::move(take)) : std::nullopt;
}

bool is_rate(double rate) { return rate >= 0; }  // Nor is NaN.

// Into `options` what stands in a change; what does not stays.
bool take_options(ByteReader& in, lang::TailSampleOptions& options) {
  options.wait = take_time(in);
  options.otherwise = take_double(in);
  options.traces_per_second = take_double(in);
  options.limits.resize(in.count(sizeof(double)));
  for (double& limit : options.limits) limit = take_double(in);
  options.policies.resize(in.count(12));
  for (auto& [conditions, limit] : options.policies) {
    conditions = in.number<std::uint64_t>();
    limit = in.number<std::uint32_t>();
  }
  const auto has_limit = [&options](const auto& policy) {
    return policy.limit < options.limits.size();
  };
  return in.ok() && options.wait >= 0 && options.otherwise >= 0 && options.otherwise <= 1 &&
         is_rate(*options.traces_per_second) &&
         std::all_of(options.limits.begin(), options.limits.end(), is_rate) &&
         std::all_of(options.policies.begin(), options.policies.end(), has_limit);
}

void append_output(std::string& out, const TailOutput& output) {
  append_number(out, output.number);
  append_time(out, output.decided);
  for (const std::uint64_t records : output.records) append_number(out, records);
  append_text(out, output.lines);
}

TailOutput take_output(ByteReader& in) {
  TailOutput output;
  output.number = in.number<std::uint64_t>();
  output.decided = take_time(in);
  for (std::uint64_t& records : output.records) records = in.number<std::uint64_t>();
  output.lines = in.text();
  return output;
}

Failure<ParseError> malformed(std::size_t offset) {
  return fail(ParseError{Errc::kMalformed, offset, "no change of a tail sampler"});
}

}  // namespace

void append_take(std::string& out, model::Signal signal, const model::BatchId& id,
                 std::span<const TailRecord> records) {
  out += kTake;
  append_number(out, static_cast<std::uint8_t>(signal));
  out += as_text(id.bytes);
  append_number(out, static_cast<std::uint32_t>(records.size()));
  for (const TailRecord& record : records) {
    out += as_text(record.trace.bytes);
    append_number(out, record.conditions);
    append_text(out, record.line);
  }
}

void append_advance(std::string& out, Timestamp now) {
  out += kAdvance;
  append_time(out, now);
}

void append_options(std::string& out, const lang::TailSampleOptions& options) {
  out += kOptions;
  append_time(out, options.wait);
  append_double(out, options.otherwise);
  append_double(out, options.traces_per_second.value_or(lang::TailSampleOptions::kNoLimit));
  append_number(out, static_cast<std::uint32_t>(options.limits.size()));
  for (const double limit : options.limits) append_double(out, limit);
  append_number(out, static_cast<std::uint32_t>(options.policies.size()));
  for (const auto& [conditions, limit] : options.policies) {
    append_number(out, conditions);
    append_number(out, limit);
  }
}

void append_sent(std::string& out, std::uint64_t output) {
  out += kSent;
  append_number(out, output);
}

Result<TailDecided, ParseError> TailState::apply(std::string_view change) {
  TailDecided out;
  std::vector<TailSampler::Decided> decided;
  if (change.empty()) return malformed(0);
  ByteReader in(change.substr(1));
  if (change[0] == kTake) {
    const auto take = parse_take(in);
    if (!take) return malformed(in.offset());
    std::string span;
    for (const TailRecord& record : take->records) {
      span.assign(1, static_cast<char>(take->signal));
      span += record.line;
      sampler_.add(record.trace, span, record.conditions, sampler_.now(), decided);
    }
    held_[take->signal] += take->records.size();
    remember(take->id);
  } else if (change[0] == kAdvance) {
    const Timestamp now = take_time(in);
    if (!in.is_done() || now < 0) return malformed(in.offset());
    sampler_.advance(now, decided);
    settle(decided, out);
    decided.clear();
    close_output();
  } else if (change[0] == kOptions) {
    lang::TailSampleOptions options = options_;
    if (!take_options(in, options) || !in.is_done()) return malformed(in.offset());
    use(options);
  } else if (change[0] == kSent) {
    const auto output = in.number<std::uint64_t>();
    if (!in.is_done()) return malformed(in.offset());
    mark_sent(output);
  } else {
    return malformed(0);
  }
  settle(decided, out);
  return out;
}

// Counts what is dropped, and gathers what is kept.
void TailState::settle(std::vector<TailSampler::Decided>& decided, TailDecided& out) {
  for (const TailSampler::Decided& each : decided) {
    const lang::TailDecision& decision = each.decision;
    const std::size_t signal = index_of(signal_of(each.span));
    if (each.is_first) out.traces.push_back({decision.reason, decision.policy, decision.early});
    if (each.is_late) ++out.late;
    if (!decision.keep) {
      ++out.dropped[signal];
      --held_[signal];
      continue;
    }
    lang::append_kept(open_.lines, {decision, std::string_view(each.span).substr(1)});
    open_.lines += '\n';
    ++open_.records[signal];
    if (open_.lines.size() > kMaxOutput) close_output();
  }
}

void TailState::close_output() {
  if (open_.lines.empty()) return;
  TailOutput output = std::exchange(open_, {});
  output.number = next_output_++;
  output.decided = sampler_.now();
  output_bytes_ += output.lines.size();
  outputs_.emplace(output.number, std::move(output));
}

std::optional<Timestamp> TailState::next_due() const {
  const Timestamp step = sampler_.now() + kStep;
  if (!open_.lines.empty()) return step;
  const auto due = sampler_.next_due();
  return due ? std::optional(std::max(*due, step)) : std::nullopt;
}

void TailState::use(const lang::TailSampleOptions& options) {
  options_ = options;
  sampler_.set_options(options_);
}

void TailState::remember(const model::BatchId& id) {
  if (id.is_zero() || !taken_.insert(id).second) return;
  taken_order_.emplace_back(sampler_.now(), id);
  while (taken_order_.size() > kMaxIds ||
         sampler_.now() - taken_order_.front().first > kRetryWindow) {
    taken_.erase(taken_order_.front().second);
    taken_order_.pop_front();
  }
}

void TailState::mark_sent(std::uint64_t output) {
  const auto found = outputs_.find(output);
  if (found == outputs_.end()) return;
  for (std::size_t i = 0; i < held_.size(); ++i) held_[i] -= found->second.records[i];
  output_bytes_ -= found->second.lines.size();
  outputs_.erase(found);
}

std::string TailState::save() const {
  std::string out;
  append_options(out, options_);
  append_text(out, sampler_.save());
  append_number(out, next_output_);
  for (const std::uint64_t records : held_) append_number(out, records);
  append_output(out, open_);
  append_number(out, static_cast<std::uint32_t>(outputs_.size()));
  for (const auto& [number, output] : outputs_) append_output(out, output);
  append_number(out, static_cast<std::uint32_t>(taken_order_.size()));
  for (const auto& [time, id] : taken_order_) {
    append_time(out, time);
    out += as_text(id.bytes);
  }
  return out;
}

// What is held is what there is, and times and numbers are of the past.
bool TailState::is_consistent() const {
  std::array<std::uint64_t, model::kSignalCount> records = open_.records;
  bool is_sound = true;
  sampler_.for_each_span([&](std::string_view span) {
    const bool has_signal = !span.empty() && index_of(signal_of(span)) < model::kSignalCount;
    if (has_signal) ++records[index_of(signal_of(span))];
    is_sound &= has_signal;
  });
  for (const auto& [number, output] : outputs_) {
    for (std::size_t i = 0; i < records.size(); ++i) records[i] += output.records[i];
    is_sound &= number < next_output_;
  }
  for (const auto& [time, id] : taken_order_) is_sound &= time >= 0 && time <= sampler_.now();
  return is_sound && records == held_;
}

Result<void, ParseError> TailState::restore(std::string_view saved) {
  ByteReader in(saved);
  TailState next = *this;
  in.take(1);
  lang::TailSampleOptions options = options_;
  if (!take_options(in, options)) {
    return fail(ParseError{Errc::kMalformed, in.offset(), "no options of a tail sampler"});
  }
  next.use(options);
  OBS_TRY_VOID(next.sampler_.restore(in.text()));
  next.next_output_ = in.number<std::uint64_t>();
  for (std::uint64_t& records : next.held_) records = in.number<std::uint64_t>();
  next.open_ = take_output(in);
  next.outputs_.clear();
  next.output_bytes_ = 0;
  for (std::size_t left = in.count(44); left > 0 && in.ok(); --left) {
    TailOutput output = take_output(in);
    next.output_bytes_ += output.lines.size();
    next.outputs_.emplace(output.number, std::move(output));
  }
  next.taken_.clear();
  next.taken_order_.clear();
  for (std::size_t left = in.count(24); left > 0 && in.ok(); --left) {
    const Timestamp time = take_time(in);
    next.taken_order_.emplace_back(time, in.id<model::BatchId>());
    next.taken_.insert(next.taken_order_.back().second);
  }
  if (!in.is_done()) {
    return fail(ParseError{Errc::kMalformed, in.offset(), "state of a tail sampler is cut short"});
  }
  if (!next.is_consistent()) {
    return fail(ParseError{Errc::kMalformed, 0, "state of a tail sampler contradicts itself"});
  }
  *this = std::move(next);
  return {};
}

}  // namespace obs::places
