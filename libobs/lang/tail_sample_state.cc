// A tail sampler's state as bytes.
//
//   state    := "OTS2" now n(bucket) n(trace) n(decision) checksum
//   bucket   := filled tokens                  of the limits: of all policies, then of their own
//   trace    := id since conditions n(span)    span := size bytes
//   decision := id keep reason policy threshold early
//
// Numbers are 64 bits, little-endian; n(x) is a count and so many x; the checksum is XXH3 of all
// before it.

#include <bit>

#include "libobs/base/byte_order.h"
#include "libobs/base/hash.h"
#include "libobs/lang/tail_sample.h"

namespace obs::lang {
namespace {

// So that a duration can be added to it.
constexpr Timestamp kLatest = std::numeric_limits<Timestamp>::max() / 2;
constexpr std::string_view kMagic = "OTS2";

class Writer {
 public:
  void number(std::uint64_t value) { append_number(bytes_, value); }
  void id(const model::TraceId& id) { bytes_ += as_text(id.bytes); }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  void raw(std::string_view text) { bytes_ += text; }
  std::string finish() {
    number(hash64(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

class Reader : public ByteReader {
 public:
  using ByteReader::ByteReader;

  std::uint64_t number() { return ByteReader::number<std::uint64_t>(); }
  std::size_t count(std::size_t least) { return ByteReader::count<std::uint64_t>(least); }
  std::string_view text() { return ByteReader::text<std::uint64_t>(); }
  Timestamp time(Timestamp latest) {
    const auto time = static_cast<Timestamp>(number());
    if (time < 0 || time > latest) refuse();
    return ok() ? time : 0;
  }
  double tokens() {
    const auto tokens = std::bit_cast<double>(number());
    if (!(tokens >= 0)) refuse();
    return ok() ? tokens : 0;
  }
};

}  // namespace

std::string TailSampler::save() const {
  Writer out;
  out.raw(kMagic);
  out.number(static_cast<std::uint64_t>(now_));
  out.number(buckets_.size());
  for (const auto& [tokens, filled] : buckets_) {
    out.number(static_cast<std::uint64_t>(filled));
    out.number(std::bit_cast<std::uint64_t>(tokens));
  }
  out.number(order_.size());
  for (const model::TraceId& id : order_) {
    const Trace& trace = waiting_.at(id);
    out.id(id);
    out.number(static_cast<std::uint64_t>(trace.since));
    out.number(trace.conditions);
    out.number(trace.spans.size());
    for (const std::string& span : trace.spans) out.text(span);
  }
  out.number(decided_order_.size());
  for (const model::TraceId& id : decided_order_) {
    const TailDecision& decision = decided_.at(id);
    out.id(id);
    out.number(decision.keep ? 1 : 0);
    out.number(static_cast<std::uint64_t>(decision.reason));
    out.number(decision.policy);
    out.number(decision.threshold);
    out.number(decision.early ? 1 : 0);
  }
  return out.finish();
}

Result<void, ParseError> TailSampler::restore(std::string_view saved) {
  constexpr std::size_t kSum = 8;
  if (saved.size() < kMagic.size() + kSum || !saved.starts_with(kMagic)) {
    return fail(ParseError{Errc::kMalformed, 0, "no state of a tail sampler"});
  }
  const std::string_view body = saved.substr(0, saved.size() - kSum);
  if (Reader(saved.substr(body.size())).number() != hash64(body)) {
    return fail(ParseError{Errc::kMalformed, body.size(), "bad checksum"});
  }
  Reader in(body.substr(kMagic.size()));
  TailSampler next(options_);
  next.now_ = in.time(kLatest);
  next.buckets_.clear();
  for (std::size_t left = in.count(16); left > 0 && in.ok(); --left) {
    const Timestamp filled = in.time(next.now_);
    next.buckets_.push_back({in.tokens(), filled});
  }
  next.fit_buckets();
  for (std::size_t left = in.count(40); left > 0 && in.ok(); --left) {
    const model::TraceId id = in.id<model::TraceId>();
    Trace trace;
    trace.since = in.time(next.now_);
    trace.conditions = in.number();
    for (std::size_t spans = in.count(8); spans > 0 && in.ok(); --spans) {
      trace.spans.emplace_back(in.text());
      next.bytes_ += trace.spans.back().size() + kSpanCost;
    }
    if (next.waiting_.emplace(id, std::move(trace)).second) next.order_.push_back(id);
  }
  for (std::size_t left = in.count(56); left > 0 && in.ok(); --left) {
    const model::TraceId id = in.id<model::TraceId>();
    TailDecision decision;
    decision.keep = in.number() != 0;
    decision.reason = static_cast<TailReason>(in.number() & 3);
    decision.policy = static_cast<std::uint32_t>(in.number());
    decision.threshold = in.number();
    decision.early = in.number() != 0;
    next.remember(id, decision);
  }
  if (!in.is_done()) {
    return fail(ParseError{Errc::kMalformed, in.offset(), "state of a tail sampler is cut short"});
  }
  *this = std::move(next);
  return {};
}

}  // namespace obs::lang
