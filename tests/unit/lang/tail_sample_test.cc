#include "libobs/lang/tail_sample.h"

#include <random>

#include <catch2/catch.hpp>

namespace lang = obs::lang;
using lang::TailReason;
using lang::TailSampler;
using obs::kSecond;

namespace {

constexpr std::uint64_t kNone = 0;
constexpr std::uint64_t kFirst = 1;

obs::model::TraceId trace(unsigned number) {
  obs::model::TraceId id;
  for (int i = 0; i < 4; ++i) id.bytes[12 + i] = static_cast<std::byte>(number >> (8 * i));
  id.bytes[9] = static_cast<std::byte>(number * 37);
  id.bytes[0] = std::byte{1};
  return id;
}

// "a+ b- c+": the spans that were kept and dropped.
std::string shown(const std::vector<TailSampler::Decided>& decided) {
  std::string out;
  for (const auto& one : decided) {
    if (!out.empty()) out += ' ';
    out += one.span + (one.decision.keep ? '+' : '-');
  }
  return out;
}

}  // namespace

TEST_CASE("a trace waits, and is kept whole when one of its spans meets a policy",
          "[lang][tailsample]") {
  TailSampler sampler({.wait = 10 * kSecond});
  std::vector<TailSampler::Decided> out;
  sampler.add(trace(1), "a1", kNone, 1 * kSecond, out);
  sampler.add(trace(2), "b1", kNone, 2 * kSecond, out);
  sampler.add(trace(1), "a2", 1 << 3, 5 * kSecond, out);
  sampler.add(trace(1), "a3", 1 << 7, 6 * kSecond, out);
  CHECK(out.empty());
  CHECK(sampler.traces() == 2);
  sampler.advance(11 * kSecond, out);
  CHECK(shown(out) == "a1+ a2+ a3+");
  CHECK(out[0].decision.reason == TailReason::kPolicy);
  CHECK(out[0].decision.policy == 3);
  CHECK(lang::to_text(out[0].decision, "status == error") == "kept: status == error");
  sampler.advance(12 * kSecond, out);
  CHECK(shown(out) == "a1+ a2+ a3+ b1-");
  CHECK(sampler.bytes() == 0);
}

TEST_CASE("late spans follow the decision", "[lang][tailsample]") {
  TailSampler sampler({.wait = kSecond});
  std::vector<TailSampler::Decided> out;
  sampler.add(trace(1), "a", kFirst, 1, out);
  sampler.add(trace(2), "b", kNone, 1, out);
  sampler.advance(5 * kSecond, out);
  sampler.add(trace(2), "b2", kFirst, 6 * kSecond, out);
  sampler.add(trace(1), "a2", kNone, 6 * kSecond, out);
  CHECK(shown(out) == "a+ b- b2- a2+");
}

TEST_CASE("of the others a share is kept, as every other tool would", "[lang][tailsample]") {
  TailSampler sampler({.wait = 1, .otherwise = 0.25});
  const lang::Sampler same(0.25);
  std::vector<TailSampler::Decided> out;
  for (unsigned i = 0; i < 2000; ++i) sampler.add(trace(i), std::to_string(i), kNone, i, out);
  sampler.finish(out);
  REQUIRE(out.size() == 2000);
  std::size_t kept = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    const auto expected = same.decide(lang::randomness_of(trace(i)), std::nullopt, true);
    CHECK(out[i].decision.keep == expected.keep);
    if (!expected.keep) continue;
    CHECK(out[i].decision.threshold == expected.threshold);
    ++kept;
  }
  CHECK(kept == Approx(500).epsilon(0.2));
}

TEST_CASE("a policy keeps no more traces a second than the limit", "[lang][tailsample]") {
  TailSampler sampler({.wait = kSecond, .traces_per_second = 10.0});
  std::vector<TailSampler::Decided> out;
  for (unsigned i = 0; i < 1000; ++i) {
    sampler.add(trace(i), "x", kFirst, kSecond + i * (kSecond / 100), out);
  }
  sampler.finish(out);
  std::size_t kept = 0;
  for (const auto& one : out) {
    kept += one.decision.keep;
    if (!one.decision.keep) CHECK(one.decision.reason == TailReason::kRate);
  }
  CHECK(kept >= 90);
  CHECK(kept <= 115);
}

TEST_CASE("each policy has a limit of its own, and the total one for all", "[lang][tailsample]") {
  struct Case {
    std::optional<double> total;
    std::vector<double> limits;
    std::uint64_t met;
    std::vector<int> kept;  // By each policy, of 1000 traces in ten seconds.
  };
  constexpr double kNoLimit = lang::TailSampleOptions::kNoLimit;
  const Case cases[] = {
      {std::nullopt, {10, 20}, 0b01, {110, 0}},
      {std::nullopt, {10, 20}, 0b10, {0, 220}},
      {std::nullopt,
       {10, 20},
       0b11,
       {110, 220}},  // What is over the first's limit is the second's.
      {std::nullopt, {10, kNoLimit}, 0b11, {110, 890}},
      {20.0, {10, kNoLimit}, 0b11, {110, 110}},
      {5.0, {10, kNoLimit}, 0b11, {55, 0}},
  };
  for (const Case& each : cases) {
    TailSampler sampler({.wait = kSecond,
                         .traces_per_second = each.total,
                         .policies = {{0b01, 0}, {0b10, 1}},
                         .limits = each.limits});
    std::vector<TailSampler::Decided> out;
    for (unsigned i = 0; i < 1000; ++i) {
      sampler.add(trace(i), "x", each.met, kSecond + i * (kSecond / 100), out);
    }
    sampler.advance(100 * kSecond, out);
    std::vector<int> kept(2);
    for (const auto& one : out) {
      if (one.decision.keep) ++kept[one.decision.policy];
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
      CAPTURE(each.total.value_or(-1), each.met, i);
      CHECK(kept[i] == Approx(each.kept[i]).epsilon(0.12));
    }
  }
}

TEST_CASE("the conditions of a policy may be met by different spans", "[lang][tailsample]") {
  TailSampler sampler({.wait = kSecond, .policies = {{0b011, 0}, {0b100, 0}}, .limits = {1e9}});
  std::vector<TailSampler::Decided> out;
  sampler.add(trace(1), "a1", 0b001, 1, out);
  sampler.add(trace(1), "a2", 0b010, 1, out);
  sampler.add(trace(2), "b1", 0b001, 1, out);
  sampler.add(trace(2), "b2", 0b001, 1, out);
  sampler.add(trace(3), "c1", 0b101, 1, out);
  sampler.finish(out);
  CHECK(shown(out) == "a1+ a2+ b1- b2- c1+");
  CHECK(out[0].decision.policy == 0);
  CHECK(out[4].decision.policy == 1);
}

TEST_CASE("beyond the bounds the oldest traces are decided early", "[lang][tailsample]") {
  for (const bool by_bytes : {true, false}) {
    lang::TailSampleOptions options{.wait = 1000 * kSecond, .remembered = 5};
    (by_bytes ? options.max_bytes : options.max_traces) = by_bytes ? 10 * (100 + 64) : 10;
    TailSampler sampler(options);
    std::vector<TailSampler::Decided> out;
    for (unsigned i = 0; i < 100; ++i) {
      sampler.add(trace(i), std::string(100, 'x'), i % 2 == 0 ? kFirst : kNone, i, out);
      CHECK(sampler.traces() <= 10);
      CHECK(sampler.bytes() <= 10 * 164);
    }
    CHECK(out.size() == 90);
    CHECK(out[0].decision.early);
    CHECK(out[0].decision.keep);
    CHECK_FALSE(out[1].decision.keep);
  }
}

TEST_CASE("a restart changes no decision", "[lang][tailsample]") {
  std::mt19937 random(9);
  const lang::TailSampleOptions options{.wait = 50,
                                        .otherwise = 0.3,
                                        .traces_per_second = 2e7,
                                        .policies = {{0b001, 0}, {0b110, 1}},
                                        .limits = {1e7, lang::TailSampleOptions::kNoLimit},
                                        .max_traces = 40,
                                        .remembered = 100};
  TailSampler straight(options);
  auto interrupted = std::make_unique<TailSampler>(options);
  std::vector<TailSampler::Decided> expected, out;
  for (int i = 0; i < 5000; ++i) {
    const auto id = trace(random() % 300);
    const std::uint64_t policy = random() % 5 == 0 ? 1 << random() % 3 : kNone;
    const std::string span = std::to_string(i);
    straight.add(id, span, policy, i, expected);
    interrupted->add(id, span, policy, i, out);
    if (random() % 20 != 0) continue;
    const std::string saved = interrupted->save();
    interrupted = std::make_unique<TailSampler>(options);
    REQUIRE(interrupted->restore(saved));
    CHECK(interrupted->save() == saved);
  }
  straight.finish(expected);
  interrupted->finish(out);
  CHECK(shown(out) == shown(expected));
}

TEST_CASE("a state that was not saved is refused, and changes nothing", "[lang][tailsample]") {
  TailSampler sampler({});
  std::vector<TailSampler::Decided> out;
  sampler.add(trace(1), "span", kFirst, 1, out);
  const std::string saved = sampler.save();
  for (std::size_t size = 0; size < saved.size(); ++size) {
    CHECK_FALSE(sampler.restore(std::string_view(saved).substr(0, size)));
  }
  for (std::size_t at = 0; at < saved.size(); ++at) {
    std::string damaged = saved;
    damaged[at] ^= 1;
    CHECK_FALSE(sampler.restore(damaged));
  }
  CHECK(sampler.traces() == 1);
  CHECK(sampler.restore(saved));
}
