#include "libobs/lang/aggregate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/lang/aggregate_column.h"

namespace obs::lang {
namespace {

// A sum of doubles in two parts, exact to about 106 bits: rounded to a double at the end it is the
// same whatever the order was.
struct TwoSum {
  double high = 0;
  double low = 0;

  void add(double value) {
    const double sum = high + value;
    const double shadow = sum - high;
    const double error = (high - (sum - shadow)) + (value - shadow);
    high = sum;
    if (std::isfinite(error)) low += error;
  }
  void add(const TwoSum& other) {
    add(other.high);
    low += other.low;
  }
  double total() const { return high + low; }
};

struct CountState {
  std::int64_t whole = 0;
  TwoSum weights;  // Of sampled records.

  void add(double weight, std::uint64_t copies) {
    if (weight == 1) {
      whole += static_cast<std::int64_t>(copies);
    } else {
      for (std::uint64_t i = 0; i < copies; ++i) weights.add(weight);
    }
  }
  void merge(const CountState& other) {
    whole += other.whole;
    weights.add(other.weights);
  }
  double total() const { return static_cast<double>(whole) + weights.total(); }
};

class Count final : public PlainColumn<CountState> {
 public:
  void add(std::uint32_t group, const Sample& sample) override {
    states_[group].add(sample.weight, sample.copies);
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    const CountState& state = states_[group];
    if (state.weights.total() == 0) {
      append_int(out, state.whole);
    } else {
      append_json(out, Value::number(state.total()));
    }
    return {};
  }
};

struct SumState {
  __int128 whole = 0;
  TwoSum rest;
  CountState count;
  bool has_double = false;

  void merge(const SumState& other) {
    whole += other.whole;
    rest.add(other.rest);
    count.merge(other.count);
    has_double |= other.has_double;
  }
};

// Text that reads as a number counts as one; everything else is passed over.
class Sum : public PlainColumn<SumState> {
 public:
  void add(std::uint32_t group, const Sample& sample) override {
    SumState& state = states_[group];
    const Value& from = sample.value;
    const auto whole = from.is_string() ? parse_int(from.text()) : std::nullopt;
    const Value value = whole ? Value::integer(*whole) : from;
    const bool is_whole = value.kind() == ValueKind::kInt || value.kind() == ValueKind::kDuration;
    if (is_whole && sample.weight == 1) {
      state.whole += static_cast<__int128>(value.as_int()) * sample.copies;
      return state.count.add(1, sample.copies);
    }
    const auto number = to_double(value);
    if (!number) return;
    state.count.add(sample.weight, sample.copies);
    state.has_double = true;
    for (std::uint64_t i = 0; i < sample.copies; ++i) state.rest.add(*number * sample.weight);
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    const SumState& state = states_[group];
    const bool fits = state.whole >= INT64_MIN && state.whole <= INT64_MAX;
    if (!state.has_double && fits) {
      append_int(out, static_cast<std::int64_t>(state.whole));
    } else {
      append_json(out, Value::number(total(state)));
    }
    return {};
  }

 protected:
  static double total(const SumState& state) {
    TwoSum sum = state.rest;
    sum.add(static_cast<double>(state.whole));
    return sum.total();
  }
};

class Average final : public Sum {
 public:
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    const SumState& state = states_[group];
    const double count = state.count.total();
    append_json(out, count == 0 ? Value::null() : Value::number(total(state) / count));
    return {};
  }
};

// A value that outlives its record.
struct Owned {
  Value value;
  std::string text;
  std::uint64_t ordinal = 0;

  void take(const Value& from, std::uint64_t at) {
    value = from;
    ordinal = at;
    if (from.is_string() || from.kind() == ValueKind::kJson) text.assign(from.text());
  }
  Value get() const {
    if (value.is_string()) return Value::string(text);
    return value.kind() == ValueKind::kJson ? Value::json(text) : value;
  }
};

// Which of two values stays.
using Prefer = bool (*)(const Value& candidate, std::uint64_t at, const Owned& held);

template <Prefer kPrefer>
class Pick final : public Column<Owned> {
 public:
  void add(std::uint32_t group, const Sample& sample) override {
    if (is_absent(sample.value)) return;
    Owned& held = states_[group];
    if (!held.value.is_missing() && !kPrefer(sample.value, sample.ordinal, held)) return;
    held_ -= held.text.size();
    held.take(sample.value, sample.ordinal);
    held_ += held.text.size();
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    const Owned& more = state_of(other, other_group);
    add(group, {more.get(), more.ordinal});
  }
  void save(std::string& out, std::uint32_t group) const override {
    append_value(out, states_[group].get());
    append_plain(out, states_[group].ordinal);
  }
  void load(std::uint32_t group, std::string_view& bytes) override {
    Sample sample;
    sample.value = take_value(bytes);
    sample.ordinal = take_plain<std::uint64_t>(bytes);
    add(group, sample);
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    append_json(out, states_[group].get());
    return {};
  }
};

// Of equal ones a whole number (200 before 200.0), then the first. Stored records that are alike
// come together, in no order.
bool wins_tie(const Value& value, std::uint64_t at, const Owned& held) {
  const bool is_whole = value.kind() == ValueKind::kInt;
  if (is_whole != (held.value.kind() == ValueKind::kInt)) return is_whole;
  return at < held.ordinal;
}

bool is_less(const Value& value, std::uint64_t at, const Owned& held) {
  const int sign = order(value, held.get());
  return sign < 0 || (sign == 0 && wins_tie(value, at, held));
}
// NaN is the greatest in the order of sort, and never a maximum beside a number.
bool is_greater(const Value& value, std::uint64_t at, const Owned& held) {
  const Value other = held.get();
  if (sorts_last(value) != sorts_last(other)) return sorts_last(other);
  const int sign = order(value, other);
  return sign > 0 || (sign == 0 && wins_tie(value, at, held));
}
bool is_earlier(const Value&, std::uint64_t at, const Owned& held) { return at < held.ordinal; }
bool is_later(const Value&, std::uint64_t at, const Owned& held) { return at > held.ordinal; }

struct RateState {
  CountState count;
  Timestamp first = INT64_MAX;
  Timestamp last = INT64_MIN;

  void merge(const RateState& other) {
    count.merge(other.count);
    first = std::min(first, other.first);
    last = std::max(last, other.last);
  }
};

class Rate final : public PlainColumn<RateState> {
 public:
  explicit Rate(Duration every) : every_(every) {}
  void add(std::uint32_t group, const Sample& sample) override {
    RateState& state = states_[group];
    state.count.add(sample.weight, sample.copies);
    const auto time = to_time(sample.value);
    if (!time) return;
    state.first = std::min(state.first, *time);
    state.last = std::max(state.last, *time);
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    const RateState& state = states_[group];
    const double span = every_ > 0
                            ? static_cast<double>(every_)
                            : static_cast<double>(state.last) - static_cast<double>(state.first);
    append_json(out, span > 0 ? Value::number(state.count.total() * 1e9 / span) : Value::null());
    return {};
  }

 private:
  Duration every_;
};

}  // namespace

std::unique_ptr<Accumulator> make_accumulator(Aggregate aggregate, double quantile) {
  switch (aggregate) {
    case Aggregate::kCount: return std::make_unique<Count>();
    case Aggregate::kSum: return std::make_unique<Sum>();
    case Aggregate::kAvg: return std::make_unique<Average>();
    case Aggregate::kMin: return std::make_unique<Pick<is_less>>();
    case Aggregate::kMax: return std::make_unique<Pick<is_greater>>();
    case Aggregate::kUniq: return make_distinct();
    case Aggregate::kFirst: return std::make_unique<Pick<is_earlier>>();
    case Aggregate::kLast: return std::make_unique<Pick<is_later>>();
    case Aggregate::kValues: return make_values();
    case Aggregate::kQuantile: return make_quantile(quantile);
    case Aggregate::kApproxQuantile: return make_approx_quantile(quantile);
    case Aggregate::kRate: break;
  }
  return make_rate(0);
}

std::unique_ptr<Accumulator> make_rate(Duration every) { return std::make_unique<Rate>(every); }

}  // namespace obs::lang
