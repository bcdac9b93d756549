#include "libobs/store/duckdb_quantile.h"

#include <algorithm>
#include <cmath>

#include "libobs/store/column_out.h"
#include "libobs/store/duckdb_value.h"

namespace obs::store {
namespace {

// So many values that have just come are sorted in no time.
constexpr std::size_t kFew = 32;

const DuckdbApi& loaded_api() { return **load_duckdb(); }

// What DuckDB keeps for a group: it moves these bytes about as it likes.
struct State {
  WeightedValues* values;  // nullptr until there is one.
};

State& state_of(duckdb_aggregate_state state) { return *reinterpret_cast<State*>(state); }

WeightedValues& values_of(duckdb_aggregate_state state) {
  WeightedValues*& values = state_of(state).values;
  if (values == nullptr) values = new WeightedValues;
  return *values;
}

idx_t state_size(duckdb_function_info) { return sizeof(State); }

void begin(duckdb_function_info, duckdb_aggregate_state state) { state_of(state).values = nullptr; }

void update(duckdb_function_info, duckdb_data_chunk input, duckdb_aggregate_state* states) {
  const DuckdbApi& api = loaded_api();
  const VectorView values(api, api.data_chunk_get_vector(input, 0));
  const VectorView weights(api, api.data_chunk_get_vector(input, 1));
  const VectorView quantiles(api, api.data_chunk_get_vector(input, 2));
  const idx_t rows = api.data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    if (values.is_null(row) || weights.is_null(row) || quantiles.is_null(row)) continue;
    WeightedValues& group = values_of(states[row]);
    group.set_quantile(quantiles.at<double>(row));
    group.add(values.at<double>(row), weights.at<double>(row));
  }
}

void combine(duckdb_function_info, duckdb_aggregate_state* sources, duckdb_aggregate_state* targets,
             idx_t count) {
  for (idx_t i = 0; i < count; ++i) {
    if (state_of(sources[i]).values == nullptr) continue;
    values_of(targets[i]).add(*state_of(sources[i]).values);
  }
}

void finish(duckdb_function_info, duckdb_aggregate_state* states, duckdb_vector result, idx_t count,
            idx_t offset) {
  ColumnOut out(loaded_api(), result);
  for (idx_t i = 0; i < count; ++i) {
    WeightedValues* values = state_of(states[i]).values;
    const auto quantile = values == nullptr ? std::nullopt : values->quantile();
    quantile ? out.set<double>(offset + i, *quantile) : out.null(offset + i);
  }
}

void destroy(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) delete std::exchange(state_of(states[i]).values, nullptr);
}

}  // namespace

void WeightedValues::add(double value, double weight) {
  if (!(weight > 0) || !std::isfinite(weight) || std::isnan(value)) return;
  const auto end = values_.begin() + static_cast<std::ptrdiff_t>(settled_);
  const auto known = std::lower_bound(values_.begin(), end, value,
                                      [](const auto& one, double of) { return one.first < of; });
  if (known != end && known->first == value) {
    known->second += weight;
    return;
  }
  values_.emplace_back(value, weight);
  if (values_.size() >= 2 * settled_ + kFew) settle();
}

void WeightedValues::add(const WeightedValues& other) {
  q_ = other.q_;
  for (const auto& [value, weight] : other.values_) add(value, weight);
}

// Equal values become one; if that is not enough, so do neighbours as long as they are light
// together, which leaves kMaxValues at most.
void WeightedValues::settle() {
  std::sort(values_.begin(), values_.end());
  const auto fold = [&](const auto& belong_together) {
    std::size_t kept = 0;
    for (std::size_t i = 1; i < values_.size(); ++i) {
      if (!belong_together(values_[kept], values_[i])) {
        values_[++kept] = values_[i];
        continue;
      }
      if (values_[i].second > values_[kept].second) values_[kept].first = values_[i].first;
      values_[kept].second += values_[i].second;
    }
    if (!values_.empty()) values_.resize(kept + 1);
  };
  fold([](const auto& a, const auto& b) { return a.first == b.first; });
  if (values_.size() > kMaxValues) {
    const double light = total() / (kMaxValues / 2);
    fold([&](const auto& a, const auto& b) { return a.second + b.second <= light; });
  }
  settled_ = values_.size();
}

double WeightedValues::total() const {
  double total = 0;
  for (const auto& [value, weight] : values_) total += weight;
  return total;
}

std::optional<double> WeightedValues::quantile() {
  if (values_.empty() || !(q_ >= 0 && q_ <= 1)) return std::nullopt;
  settle();
  const double wanted = q_ * total();
  double seen = 0;
  for (const auto& [value, weight] : values_) {
    seen += weight;
    if (seen >= wanted) return value;
  }
  return values_.back().first;
}

Result<void> install_weighted_quantile(DuckdbConnection& connection) {
  const DuckdbApi& api = connection.api();
  const AggregateFunctionHandle function(api, api.create_aggregate_function());
  api.aggregate_function_set_name(function.get(), "weighted_quantile");
  const TypeHandle number(api, api.create_logical_type(DUCKDB_TYPE_DOUBLE));
  for (int i = 0; i < 3; ++i) api.aggregate_function_add_parameter(function.get(), number.get());
  api.aggregate_function_set_return_type(function.get(), number.get());
  api.aggregate_function_set_functions(function.get(), state_size, begin, update, combine, finish);
  api.aggregate_function_set_destructor(function.get(), destroy);
  if (api.register_aggregate_function(connection.raw(), function.get()) == DuckDBSuccess) return {};
  return fail(Errc::kInternal, "DuckDB refuses our aggregate weighted_quantile");
}

}  // namespace obs::store
