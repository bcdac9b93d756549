#include "libobs/store/point_value.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/store/point_shape.h"
#include "libobs/store/sample_scan.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

std::uint64_t bits_of(double number) { return std::bit_cast<std::uint64_t>(number); }
double from_bits(std::uint64_t bits) { return std::bit_cast<double>(bits); }

bool is_same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.kind() == ValueKind::kInt) return a.as_int() == b.as_int();
  return a.kind() == ValueKind::kNone || bits_of(a.as_double()) == bits_of(b.as_double());
}

// As rows of a part have it.
std::vector<StoredNumber> to_rows(const EncodedNumbers& encoded) {
  std::vector<StoredNumber> rows;
  auto units = encoded.units.begin();
  auto raw = encoded.raw.begin();
  for (const NumberRun& run : encoded.runs) {
    for (std::uint32_t i = 0; i < run.rows; ++i) {
      StoredNumber row;
      row.divisor = run.divisor;
      if (run.kind == NumberRun::Kind::kUnits) row.units = *units++;
      if (run.kind == NumberRun::Kind::kUnits) row.offset = run.offset;
      if (run.kind == NumberRun::Kind::kRaw) row.raw = *raw++;
      rows.push_back(row);
    }
  }
  return rows;
}

std::vector<StoredNumber> encode(NumberEncoder& encoder, const std::vector<Value>& series) {
  EncodedNumbers encoded;
  encoder.begin_series();
  encoder.encode(series, encoded);
  return to_rows(encoded);
}

std::vector<StoredNumber> encode(const std::vector<Value>& values) {
  NumberEncoder encoder;
  return encode(encoder, values);
}

void check_round_trip(const std::vector<Value>& values) {
  const auto stored = encode(values);
  REQUIRE(stored.size() == values.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) wrong += !is_same(to_value(stored[i]), values[i]);
  CHECK(wrong == 0);
}

std::vector<Value> numbers(std::initializer_list<double> list) {
  std::vector<Value> values;
  for (const double number : list) values.push_back(Value::number(number));
  return values;
}

// Doubles as they are measured, and as nobody measures them.
Value random_number(std::mt19937_64& random) {
  const double decimals = std::pow(10, static_cast<double>(random() % 12));
  const auto whole = static_cast<double>(static_cast<std::int64_t>(random()) >> (random() % 60));
  switch (random() % 8) {
    case 0: return Value::number(from_bits(random()));  // NaNs and subnormals among them.
    case 1: return Value::integer(static_cast<std::int64_t>(random()));
    case 2: return Value::integer(static_cast<std::int64_t>(random() % 1000));
    case 3: return Value::number(-0.0);
    case 4: return Value::number(from_bits(kStaleBits));
    case 5: return Value::number(whole);
    case 6: return {};
    default: return Value::number(std::round(whole) / decimals);
  }
}

}  // namespace

TEST_CASE("a number comes back to the bit", "[store][points]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  check_round_trip({});
  check_round_trip(numbers({0, -0.0, 1, -1, 0.1, 0.2, 0.30000000000000004, 1e22, 1e23, 1e300}));
  check_round_trip(numbers({nan, -nan, infinity, -infinity, from_bits(kStaleBits), 5e-324}));
  check_round_trip(numbers({9007199254740991, 9007199254740992, 9007199254740994, -9.5e15}));
  check_round_trip({Value::integer(INT64_MIN), Value::integer(INT64_MAX), Value::integer(0),
                    Value::integer(INT64_MIN), Value::number(1.5), Value()});
}

TEST_CASE("random numbers of every kind come back to the bit", "[store][points]") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 100; ++round) {
    std::vector<Value> values;
    for (int i = 0; i < 10'000; ++i) values.push_back(random_number(random));
    check_round_trip(values);
  }
}

TEST_CASE("decimals are whole numbers that run on from series to series", "[store][points]") {
  NumberEncoder encoder;
  const auto first = encode(encoder, numbers({12.30, 12.34, 12.29}));
  const auto second = encode(encoder, numbers({5000, 5001, 5007}));
  // Steps of -5 to 4, so that the first may be one of eight that leaves the offset round.
  CHECK(first[0] == StoredNumber{-2, -1232, 100.0, std::nullopt});
  CHECK(first[1] == StoredNumber{2, -1232, 100.0, std::nullopt});
  CHECK(first[2] == StoredNumber{-3, -1232, 100.0, std::nullopt});
  CHECK(second[0] == StoredNumber{0, -5000, 1.0, std::nullopt});
  CHECK(second[2].units == 7);
}

TEST_CASE("a counter's reset begins a run, so that no step is wide", "[store][points]") {
  std::vector<Value> values;
  for (int i = 0; i < 50; ++i) values.push_back(Value::number(1'000'000 + i * 10));
  for (int i = 0; i < 50; ++i) values.push_back(Value::number(i * 10));
  const auto stored = encode(values);
  for (std::size_t i = 1; i < stored.size(); ++i) {
    CHECK(std::abs(*stored[i].units - *stored[i - 1].units) <= 32);
  }
}

TEST_CASE("a series keeps its offset for as long as it does not jump", "[store][points]") {
  std::vector<Value> values;
  for (int i = 0; i < 1000; ++i)
    values.push_back(Value::number(std::abs(i % 100 - 50) + i / 100 * 0.25));
  const auto stored = encode(values);
  for (const StoredNumber& number : stored) CHECK(number.offset == stored.front().offset);
}

TEST_CASE("minus zero, NaN and large integers run with their neighbours", "[store][points]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Value> values = numbers({0.1, -0.0, 0.3, nan, 0.2, -nan, 0.1});
  for (int i = 0; i < 3; ++i) values.push_back(Value::integer(1'763'800'000'000'000'000 + i));
  values.push_back(Value::integer(INT64_MAX));
  check_round_trip(values);
  const auto stored = encode(values);
  for (std::size_t i = 1; i < stored.size(); ++i) {
    CHECK(std::abs(*stored[i].units - *stored[i - 1].units) <= 3);
  }
}

TEST_CASE("noise is stored as it is", "[store][points]") {
  std::mt19937_64 random(2);
  std::vector<Value> values;
  for (int i = 0; i < 200; ++i) {
    values.push_back(Value::number(std::generate_canonical<double, 53>(random) + 50));
  }
  for (const StoredNumber& number : encode(values)) {
    CHECK(number.raw);
    CHECK_FALSE(number.units);
  }
}

TEST_CASE("DuckDB's own arithmetic gives the numbers back to the bit", "[store][points]") {
  constexpr std::size_t kPoints = 1'000'000;
  std::mt19937_64 random(3);
  model::Batch batch;
  batch.signal = model::Signal::kMetrics;
  batch.resources.emplace_back();
  batch.scopes.emplace_back();
  model::Metric metric;
  metric.name = "m";
  metric.type = model::MetricType::kGauge;
  batch.metrics.metrics.push_back(metric);
  model::MetricColumns& points = batch.metrics;
  for (std::size_t i = 0; i < kPoints; ++i) {
    points.time.push_back(kNoon + static_cast<Timestamp>(i));
    points.value.push_back(random_number(random));
  }
  points.time_source.resize(kPoints);
  points.start_time.resize(kPoints);
  points.metric.resize(kPoints);
  points.attributes.resize(kPoints);
  points.flags.resize(kPoints);
  points.distribution.resize(kPoints);
  points.exemplars.resize(kPoints);

  TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  const auto shared = std::make_shared<const model::Batch>(std::move(batch));
  REQUIRE(write_and_wait(*writer, shared));
  REQUIRE(writer->flush());
  auto session = Session::open(system_fs(), dir / "data", {1, "", ""});
  REQUIRE((*session)->refresh());
  auto rows = (*session)->connection().query(
      "SELECT value, value_int FROM metrics WHERE block IS NULL ORDER BY time");
  REQUIRE(rows);
  std::span<const Value> row;
  std::size_t wrong = 0;
  for (const Value& sent : shared->metrics.value) {
    REQUIRE(*(*rows)->next(row));
    if (sent.kind() == ValueKind::kInt) {
      wrong += row[1].as_int() != sent.as_int() ||
               row[0].as_double() != static_cast<double>(sent.as_int());
    } else if (sent.kind() == ValueKind::kDouble) {
      wrong += bits_of(row[0].as_double()) != bits_of(sent.as_double()) ||
               row[1].kind() != ValueKind::kEmpty;
    } else {
      wrong += row[0].kind() != ValueKind::kEmpty || row[1].kind() != ValueKind::kEmpty;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace obs::store
