#include "libobs/codec/native_histogram.h"

#include <algorithm>
#include <cmath>

namespace obs::codec {
namespace {

using otlp::bytes_field;
using otlp::fixed64_field;
using otlp::for_each_field;
using otlp::Reader;
using otlp::varint_field;

// Doubles count exactly up to here.
constexpr double kMostExact = 9007199254740992.0;

constexpr std::string_view kFraction =
    "a histogram of floats has counts that are not whole numbers, which OTLP cannot hold";
constexpr std::string_view kTooWide = "a histogram has more than 16384 buckets on one side";
constexpr std::string_view kSpansDiffer = "a histogram's spans do not match its buckets";
constexpr std::string_view kNegativeCount = "a histogram has a bucket with a negative count";
constexpr std::string_view kWrongCount = "a histogram's count is not the sum of its buckets";

BucketSpan read_span(std::string_view message) {
  BucketSpan span;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case varint_field(1): span.offset = field.get_sint32(); break;
      case varint_field(2): span.length = field.get_uint32(); break;
      default: field.skip();
    }
  });
  return span;
}

// One more than is allowed is enough to know that there are too many.
template <class T>
void append_one(std::vector<T>& out, const T& item) {
  if (out.size() <= kMaxNativeBuckets) out.push_back(item);
}

template <class T, class Range>
void append(std::vector<T>& out, const Range& packed) {
  for (const T item : packed) append_one(out, item);
}

// False: not a whole number that a double says exactly.
bool to_whole(double count, std::uint64_t& out) {
  if (!(count >= 0) || count > kMostExact || std::floor(count) != count) return false;
  out = static_cast<std::uint64_t>(count);
  return true;
}

// Buckets of a side by index; `first` is the index of counts[0].
struct Run {
  std::int64_t first = 0;
  std::vector<std::uint64_t> counts;
  std::uint64_t total = 0;
};

class RunBuilder {
 public:
  RunBuilder(const NativeSide& side, bool is_float) : side_(side), is_float_(is_float) {}

  std::string_view build(Run& run) {
    const std::size_t sent = is_float_ ? side_.counts.size() : side_.deltas.size();
    std::int64_t index = 0;
    for (std::size_t i = 0; i < side_.spans.size(); ++i) {
      const BucketSpan& span = side_.spans[i];
      if (i > 0 && span.offset < 0) return "a histogram's spans overlap";
      index += span.offset;
      if (span.length > sent - next_) return kSpansDiffer;
      if (run.counts.empty()) run.first = index;
      if (span.length == 0) continue;
      const std::int64_t gap = index - run.first - static_cast<std::int64_t>(run.counts.size());
      if (gap + span.length + run.counts.size() > kMaxNativeBuckets) return kTooWide;
      run.counts.resize(run.counts.size() + static_cast<std::size_t>(gap));
      index += span.length;
      if (const auto wrong = add(span.length, run); !wrong.empty()) return wrong;
    }
    return next_ == sent ? std::string_view() : kSpansDiffer;
  }

 private:
  std::string_view add(std::uint32_t length, Run& run) {
    for (std::uint32_t i = 0; i < length; ++i, ++next_) {
      std::uint64_t count = 0;
      if (is_float_) {
        if (!to_whole(side_.counts[next_], count)) return kFraction;
      } else {
        const auto delta = static_cast<std::uint64_t>(side_.deltas[next_]);
        last_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(last_) + delta);
        if (last_ < 0) return kNegativeCount;
        count = static_cast<std::uint64_t>(last_);
      }
      run.counts.push_back(count);
      run.total += count;
    }
    return {};
  }

  const NativeSide& side_;
  const bool is_float_;
  std::size_t next_ = 0;
  std::int64_t last_ = 0;
};

template <class T>
std::span<const T> keep(const std::vector<T>& items, otlp::Decoder& decoder) {
  decoder.claim(items.size() * sizeof(T));
  return decoder.arena().copy_array(std::span<const T>(items));
}

std::string_view set_counts(const NativeHistogram& histogram, model::Distribution& out) {
  out.count = histogram.count;
  out.zero_count = histogram.zero_count;
  if (!histogram.is_float) return {};
  const bool whole = to_whole(histogram.count_float, out.count) &&
                     to_whole(histogram.zero_count_float, out.zero_count);
  return whole ? std::string_view() : kFraction;
}

std::string_view set_custom(const NativeHistogram& histogram, Run&& run, otlp::Decoder& decoder,
                            model::Distribution& out) {
  const std::vector<double>& bounds = histogram.custom_values;
  if (bounds.size() > kMaxNativeBuckets) return kTooWide;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const bool rises = i == 0 || bounds[i] > bounds[i - 1];
    if (!rises || !std::isfinite(bounds[i])) return "a histogram's custom bounds do not rise";
  }
  const auto end = run.first + static_cast<std::int64_t>(run.counts.size());
  if (run.first < 0 || end > static_cast<std::int64_t>(bounds.size()) + 1) return kSpansDiffer;
  std::vector<std::uint64_t> counts(bounds.size() + 1);
  std::copy(run.counts.begin(), run.counts.end(), counts.begin() + run.first);
  out.bounds = keep(bounds, decoder);
  out.counts = keep(counts, decoder);
  return {};
}

// OTLP's index is one below.
std::string_view set_run(const Run& run, otlp::Decoder& decoder, model::BucketRun& out) {
  const std::int64_t first = run.first - 1;
  if (first < INT32_MIN || first > INT32_MAX) return kTooWide;
  out.offset = static_cast<std::int32_t>(first);
  out.counts = keep(run.counts, decoder);
  return {};
}

}  // namespace

bool read_native_side(otlp::Reader& field, std::uint32_t first, NativeSide& side) {
  const std::uint32_t tag = field.tag_and_type();
  if (tag == bytes_field(first)) {
    append_one(side.spans, read_span(field.get_view()));
  } else if (tag == bytes_field(first + 1)) {
    append(side.deltas, field.get_packed_sint64());
  } else if (tag == varint_field(first + 1)) {
    append_one(side.deltas, field.get_sint64());
  } else if (tag == bytes_field(first + 2)) {
    append(side.counts, field.get_packed_double());
  } else if (tag == fixed64_field(first + 2)) {
    append_one(side.counts, field.get_double());
  } else {
    return false;
  }
  return true;
}

void NativeHistogram::clear() {
  NativeHistogram fresh;
  // Their room is used again.
  const auto reuse = [](auto& from, auto& to) {
    from.clear();
    to.swap(from);
  };
  reuse(negative.spans, fresh.negative.spans);
  reuse(negative.deltas, fresh.negative.deltas);
  reuse(negative.counts, fresh.negative.counts);
  reuse(positive.spans, fresh.positive.spans);
  reuse(positive.deltas, fresh.positive.deltas);
  reuse(positive.counts, fresh.positive.counts);
  reuse(custom_values, fresh.custom_values);
  *this = std::move(fresh);
}

void read_native_histogram(std::string_view message, NativeHistogram& out) {
  constexpr std::uint32_t kGaugeHint = 3;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case varint_field(1): out.count = field.get_uint64(); break;
      case fixed64_field(2):
        out.count_float = field.get_double();
        out.is_float = true;
        break;
      case fixed64_field(3): out.sum = field.get_double(); break;
      case varint_field(4): out.schema = field.get_sint32(); break;
      case fixed64_field(5): out.zero_threshold = field.get_double(); break;
      case varint_field(6): out.zero_count = field.get_uint64(); break;
      case fixed64_field(7): out.zero_count_float = field.get_double(); break;
      case varint_field(14): out.is_gauge = field.get_uint32() == kGaugeHint; break;
      case varint_field(15): out.timestamp_ms = field.get_int64(); break;
      case bytes_field(16): append(out.custom_values, field.get_packed_double()); break;
      case fixed64_field(16): append_one(out.custom_values, field.get_double()); break;
      case varint_field(17): out.start_ms = field.get_int64(); break;
      default:
        if (!read_native_side(field, 8, out.negative) && !read_native_side(field, 11, out.positive))
          field.skip();
    }
  });
}

std::string_view to_distribution(const NativeHistogram& histogram, otlp::Decoder& decoder,
                                 model::Distribution& out) {
  if (histogram.is_stale()) return {};
  const bool custom = histogram.schema == kCustomBuckets;
  if (!custom && (histogram.schema < kMinSchema || histogram.schema > kMaxSchema)) {
    return "a histogram's schema is not one of -4 to 8 and -53";
  }
  if (const auto wrong = set_counts(histogram, out); !wrong.empty()) return wrong;
  Run positive;
  Run negative;
  RunBuilder positive_builder(histogram.positive, histogram.is_float);
  if (const auto wrong = positive_builder.build(positive); !wrong.empty()) return wrong;
  RunBuilder negative_builder(histogram.negative, histogram.is_float);
  if (const auto wrong = negative_builder.build(negative); !wrong.empty()) return wrong;
  // Observations of NaN are counted and in no bucket.
  const std::uint64_t in_buckets = positive.total + negative.total + out.zero_count;
  const bool counted =
      std::isnan(histogram.sum) ? out.count >= in_buckets : out.count == in_buckets;
  if (!counted) return kWrongCount;
  out.sum = histogram.sum;
  if (custom) return set_custom(histogram, std::move(positive), decoder, out);
  out.scale = histogram.schema;
  out.zero_threshold = histogram.zero_threshold;
  out.has_positive = !positive.counts.empty();
  out.has_negative = !negative.counts.empty();
  if (out.has_positive) {
    if (const auto wrong = set_run(positive, decoder, out.positive); !wrong.empty()) return wrong;
  }
  return out.has_negative ? set_run(negative, decoder, out.negative) : std::string_view();
}

}  // namespace obs::codec
