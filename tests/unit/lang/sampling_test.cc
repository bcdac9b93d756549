#include "libobs/lang/sampling.h"

#include <random>

#include <catch2/catch.hpp>

namespace lang = obs::lang;
using lang::kSamplingRange;

TEST_CASE("thresholds are hex without trailing zeros", "[lang][sampling]") {
  struct Case {
    std::string_view text;
    std::optional<std::uint64_t> threshold;
  };
  const Case cases[] = {
      {"0", 0},
      {"8", kSamplingRange / 2},
      {"c", kSamplingRange / 4 * 3},
      {"fd70a4", 0xfd70a400000000},
      {"ffffffffffffff", kSamplingRange - 1},
      {"", std::nullopt},
      {"123456789abcdef", std::nullopt},
      {"C", std::nullopt},
      {"g", std::nullopt},
      {"-1", std::nullopt},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(lang::parse_threshold(c.text) == c.threshold);
    if (c.threshold) CHECK(lang::threshold_text(*c.threshold) == c.text);
  }
  CHECK(lang::parse_randomness("00000000000001") == 1);
  CHECK_FALSE(lang::parse_randomness("1"));
  CHECK(lang::randomness_text(1) == "00000000000001");
}

TEST_CASE("a record stands for the inverse of its share", "[lang][sampling]") {
  CHECK(lang::adjusted_count(std::nullopt) == 1);
  CHECK(lang::adjusted_count(0) == 1);
  CHECK(lang::adjusted_count(kSamplingRange / 2) == 2);
  CHECK(lang::adjusted_count(kSamplingRange / 4 * 3) == 4);
  CHECK(lang::adjusted_count(kSamplingRange - 1) == static_cast<double>(kSamplingRange));
  CHECK(lang::adjusted_count(kSamplingRange) == 1);
}

TEST_CASE("trace state is read and changed as W3C and OpenTelemetry ask", "[lang][sampling]") {
  struct Case {
    std::string_view state;
    std::optional<std::uint64_t> threshold;
    std::optional<std::uint64_t> randomness;
    std::string_view halved;
  };
  const Case cases[] = {
      {"", {}, {}, "ot=th:8"},
      {"ot=th:c", kSamplingRange / 4 * 3, {}, "ot=th:8"},
      {"a=1,ot=rv:00000000000001;th:0;x:y , b=2", 0, 1, "ot=th:8;rv:00000000000001;x:y,a=1,b=2"},
      {"ot=th:zz;rv:1", {}, {}, "ot=th:8;rv:1"},
      {"rojo=00f067aa0ba902b7", {}, {}, "ot=th:8,rojo=00f067aa0ba902b7"},
      {",,ot=,;=", {}, {}, "ot=th:8,;="},
  };
  for (const Case& c : cases) {
    INFO(c.state);
    const auto sampling = lang::parse_trace_sampling(c.state);
    CHECK(sampling.threshold == c.threshold);
    CHECK(sampling.randomness == c.randomness);
    CHECK(lang::with_threshold(c.state, kSamplingRange / 2) == c.halved);
  }
  std::string many = "a0=1";
  for (int i = 1; i < 32; ++i) many += ",a" + std::to_string(i) + "=1";
  const std::string changed = lang::with_threshold(many, 0);
  CHECK(changed.starts_with("ot=th:0,a0=1,"));
  CHECK(changed.ends_with(",a30=1"));
}

TEST_CASE("the randomness of a trace is the last seven bytes of its id", "[lang][sampling]") {
  obs::model::TraceId id;
  REQUIRE(obs::model::parse_id("4bf92f3577b34da6a3ce929d0e0e4736", id));
  CHECK(lang::randomness_of(id) == 0xce929d0e0e4736);
}

TEST_CASE("a sampler keeps its share, and what it keeps adds up to all", "[lang][sampling]") {
  std::mt19937_64 random(3);
  for (const double ratio : {0.5, 0.1, 0.01, 0.333}) {
    const lang::Sampler sampler(ratio);
    constexpr int kRecords = 200'000;
    double kept = 0;
    double adjusted = 0;
    for (int i = 0; i < kRecords; ++i) {
      const auto decision = sampler.decide(random() % kSamplingRange, std::nullopt, true);
      if (!decision.keep) continue;
      ++kept;
      adjusted += lang::adjusted_count(decision.threshold);
    }
    CHECK(kept / kRecords == Approx(ratio).epsilon(0.05));
    CHECK(adjusted == Approx(kRecords).epsilon(0.05));
  }
}

TEST_CASE("samplers in a row agree, and multiply", "[lang][sampling]") {
  std::mt19937_64 random(4);
  const lang::Sampler half(0.5);
  const lang::Sampler tenth(0.1);
  int kept[2] = {};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t randomness = random() % kSamplingRange;
    const auto first = half.decide(randomness, std::nullopt, true);
    if (!first.keep) continue;
    const auto same = tenth.decide(randomness, first.threshold, true);
    const auto other = tenth.decide(random() % kSamplingRange, first.threshold, false);
    kept[0] += same.keep;
    kept[1] += other.keep;
    if (same.keep) CHECK(lang::adjusted_count(same.threshold) == Approx(20).epsilon(0.001));
    CHECK(same.threshold == other.threshold);
  }
  CHECK(kept[0] == Approx(5000).epsilon(0.1));
  CHECK(kept[1] == Approx(5000).epsilon(0.1));
}

TEST_CASE("the edges of sampling", "[lang][sampling]") {
  CHECK(lang::Sampler(1).decide(0, std::nullopt, true).keep);
  CHECK(lang::Sampler(1).decide(0, std::nullopt, true).threshold == 0);
  CHECK(lang::Sampler(1).decide(kSamplingRange - 1, 7, true).threshold == 0);
  CHECK_FALSE(lang::Sampler(0).decide(kSamplingRange - 1, std::nullopt, true).keep);
  CHECK_FALSE(lang::Sampler(-1).decide(kSamplingRange - 1, std::nullopt, true).keep);
  CHECK(lang::Sampler(2).decide(0, std::nullopt, true).keep);
  // A threshold above the randomness it was compared with is a lie.
  CHECK(lang::Sampler(0.5).decide(kSamplingRange / 2, kSamplingRange - 1, true).threshold ==
        kSamplingRange / 2);
  const lang::Sampler rare(1e-15);
  CHECK(rare.decide(kSamplingRange - 1, std::nullopt, true).keep);
  CHECK(rare.decide(kSamplingRange - 1, kSamplingRange - 2, true).threshold < kSamplingRange);
}
