// Percentiles, exact and approximate.

#include <algorithm>
#include <bit>
#include <cmath>

#include "libobs/lang/aggregate_column.h"
#include "libobs/lang/number_runs.h"
#include "libobs/lang/sketch.h"
#include "libobs/lang/spill_segment.h"

namespace obs::lang {
namespace {

struct Numbers {
  NumberRuns values;
  bool has_double = false;
  std::vector<SpillSegment> aside;  // Each sorted.
};

// The `rank`th smallest of what lies in sorted segments, from 0: halves the range of possible
// values until one is left, and asks each segment how many there are up to it.
class Selection {
 public:
  Selection(const SpillFile& file, const std::vector<SpillSegment>& segments) : file_(file) {
    for (const SpillSegment& segment : segments) parts_.push_back({segment, 0, segment.count, 0});
  }

  Result<double> find(std::uint64_t rank) {
    std::uint64_t low = 0;
    std::uint64_t high = UINT64_MAX;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      OBS_TRY(const std::uint64_t count, count_up_to(middle));
      const bool is_above = count > rank;
      (is_above ? high : low) = is_above ? middle : middle + 1;
      for (Part& part : parts_) (is_above ? part.high : part.low) = part.found;
    }
    return to_double(low);
  }

 private:
  struct Part {
    SpillSegment segment;
    std::uint64_t low;   // So many of the first are below what is looked for.
    std::uint64_t high;  // And of the others from here on, all above.
    std::uint64_t found;
  };
  static constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

  // Numbers that order as the doubles do.
  static std::uint64_t to_key(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  }
  static double to_double(std::uint64_t key) {
    return std::bit_cast<double>((key & kSign) != 0 ? key ^ kSign : ~key);
  }

  Result<std::uint64_t> count_up_to(std::uint64_t key) {
    std::uint64_t count = 0;
    for (Part& part : parts_) {
      std::uint64_t low = part.low;
      std::uint64_t high = part.high;
      while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        OBS_TRY(const double value, read_item<double>(file_, part.segment, middle));
        (to_key(value) <= key ? low : high) = to_key(value) <= key ? middle + 1 : middle;
      }
      part.found = low;
      count += low;
    }
    return count;
  }

  const SpillFile& file_;
  std::vector<Part> parts_;
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
    held_ += state.values.add(*number, sample.copies);
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    Numbers& more = state_of(other, other_group);
    states_[group].has_double |= more.has_double;
    add_values(group, std::move(more.values));
    add_segments(group, more.aside);
    if (!more.aside.empty()) file_ = static_cast<Quantile&>(other).file_;
  }
  void save(std::string& out, std::uint32_t group) const override {
    const Numbers& state = states_[group];
    append_plain(out, state.has_double);
    state.values.save(out);
    append_items(out, state.aside);
    append_plain(out, file_);
  }
  void load(std::uint32_t group, std::string_view& bytes) override {
    states_[group].has_double |= take_plain<bool>(bytes);
    add_values(group, NumberRuns::load(bytes));
    add_segments(group, take_items<SpillSegment>(bytes));
    if (SpillFile* const file = take_plain<SpillFile*>(bytes)) file_ = file;
  }
  Result<void> spill(SpillFile& file) override {
    file_ = &file;
    for (std::uint32_t group = 0; group < states_.size(); ++group) {
      if (states_[group].values.size() >= kLeastAside) OBS_TRY_VOID(put_aside(group));
    }
    return {};
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    Numbers& state = states_[group];
    if (state.values.size() == 0 && state.aside.empty()) {
      out += "null";
      return {};
    }
    OBS_TRY(const double value, find(group));
    append_json(out, state.has_double ? Value::number(value)
                                      : Value::integer(static_cast<std::int64_t>(value)));
    return {};
  }

 private:
  static bool is_exact(double number) {
    return std::trunc(number) == number && std::fabs(number) < 0x1p53;
  }
  std::uint64_t rank(std::uint64_t count) const {
    const double wanted = std::ceil(quantile_ * static_cast<double>(count));
    return wanted < 1 ? 0 : std::min(static_cast<std::uint64_t>(wanted), count) - 1;
  }

  Result<double> find(std::uint32_t group) {
    Numbers& state = states_[group];
    if (state.aside.empty()) return state.values.select(rank(state.values.size()));
    OBS_TRY_VOID(put_aside(group));
    std::uint64_t count = 0;
    for (const SpillSegment& segment : state.aside) count += segment.count;
    return Selection(*file_, state.aside).find(rank(count));
  }

  Result<void> put_aside(std::uint32_t group) {
    held_ -= states_[group].values.bytes();
    for (std::vector<double>& run : states_[group].values.take()) {
      std::sort(run.begin(), run.end());
      OBS_TRY(const SpillSegment segment, write_segment<double>(*file_, run));
      add_segments(group, {segment});
    }
    return {};
  }
  void add_values(std::uint32_t group, NumberRuns&& more) {
    NumberRuns& values = states_[group].values;
    held_ -= values.bytes();
    values.add(std::move(more));
    held_ += values.bytes();
  }
  void add_segments(std::uint32_t group, const std::vector<SpillSegment>& segments) {
    auto& aside = states_[group].aside;
    aside.insert(aside.end(), segments.begin(), segments.end());
    held_ += segments.size() * sizeof(SpillSegment);
  }

  double quantile_;
  SpillFile* file_ = nullptr;  // Where something was put aside.
};

// By DDSketch, within 1 %; minds how many records one stands for.
class ApproxQuantile final : public Column<QuantileSketch> {
 public:
  explicit ApproxQuantile(double quantile) : quantile_(quantile) {}

  void add(std::uint32_t group, const Sample& sample) override {
    const auto number = to_double(sample.value);
    if (!number) return;
    const std::size_t before = states_[group].bytes();
    for (std::uint64_t i = 0; i < sample.copies; ++i) states_[group].add(*number, sample.weight);
    held_ += states_[group].bytes() - before;
  }
  void merge(std::uint32_t group, Accumulator& other, std::uint32_t other_group) override {
    take_in(group, state_of(other, other_group));
  }
  void save(std::string& out, std::uint32_t group) const override { states_[group].save(out); }
  void load(std::uint32_t group, std::string_view& bytes) override {
    take_in(group, QuantileSketch::load(bytes));
  }
  Result<void> append_result(std::string& out, std::uint32_t group) override {
    const auto value = states_[group].quantile(quantile_);
    append_json(out, value ? Value::number(*value) : Value::null());
    return {};
  }

 private:
  void take_in(std::uint32_t group, const QuantileSketch& more) {
    const std::size_t before = states_[group].bytes();
    states_[group].merge(more);
    held_ += states_[group].bytes() - before;
  }

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
