// Percentiles, exact and approximate.

#include <algorithm>
#include <cmath>

#include "libobs/lang/aggregate_column.h"
#include "libobs/lang/sketch.h"

namespace obs::lang {
namespace {

struct Numbers {
  std::vector<double> values;
  bool has_double = false;
};

// Exact, by nearest rank: the smallest value with at least that share of all at or below it.
class Quantile final : public Column<Numbers> {
 public:
  explicit Quantile(double quantile) : quantile_(quantile) {}

  void add(std::uint32_t group, const Sample& sample) override {
    const auto number = to_double(sample.value);
    if (!number || std::isnan(*number)) return;
    Numbers& state = states_[group];
    state.has_double |= sample.value.kind() == ValueKind::kDouble || !is_exact(*number);
    const std::size_t before = state.values.capacity();
    state.values.push_back(*number);
    held_ += (state.values.capacity() - before) * sizeof(double);
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    Numbers& state = states_[group];
    Numbers& more = state_of(other, other_group);
    state.has_double |= more.has_double;
    const std::size_t before = state.values.capacity();
    if (state.values.empty()) {
      state.values.swap(more.values);
    } else {
      state.values.insert(state.values.end(), more.values.begin(), more.values.end());
      std::vector<double>().swap(more.values);
    }
    held_ += (state.values.capacity() - before) * sizeof(double);
  }
  void append_result(std::string& out, std::uint32_t group) override {
    Numbers& state = states_[group];
    if (state.values.empty()) {
      out += "null";
      return;
    }
    const auto at = state.values.begin() + static_cast<std::ptrdiff_t>(rank(state.values.size()));
    std::nth_element(state.values.begin(), at, state.values.end());
    append_json(out, state.has_double ? Value::number(*at)
                                      : Value::integer(static_cast<std::int64_t>(*at)));
  }

 private:
  static bool is_exact(double number) {
    return std::trunc(number) == number && std::fabs(number) < 0x1p53;
  }
  std::size_t rank(std::size_t count) const {
    const double wanted = std::ceil(quantile_ * static_cast<double>(count));
    return wanted < 1 ? 0 : std::min(static_cast<std::size_t>(wanted), count) - 1;
  }

  double quantile_;
};

// By DDSketch, within 1 %; minds how many records one stands for.
class ApproxQuantile final : public Column<QuantileSketch> {
 public:
  explicit ApproxQuantile(double quantile) : quantile_(quantile) {}

  void add(std::uint32_t group, const Sample& sample) override {
    const auto number = to_double(sample.value);
    if (number) states_[group].add(*number, sample.weight);
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    states_[group].merge(state_of(other, other_group));
  }
  void append_result(std::string& out, std::uint32_t group) override {
    const auto value = states_[group].quantile(quantile_);
    append_json(out, value ? Value::number(*value) : Value::null());
  }

 private:
  double quantile_;
};

}  // namespace

std::unique_ptr<Accumulator> make_quantile(double quantile) {
  return std::make_unique<Quantile>(quantile);
}

std::unique_ptr<Accumulator> make_approx_quantile(double quantile) {
  return std::make_unique<ApproxQuantile>(quantile);
}

}  // namespace obs::lang
