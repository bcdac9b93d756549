// tailsample in a receiver: durable before it is acknowledged, handed on once.

#include "libobs/places/tail_keeper.h"

#include "libobs/base/fault_fs.h"
#include "libobs/places/pipe_sink.h"
#include "tests/unit/places/program.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

using pipeline::Outcome;

std::string span(int trace, const std::string& rest) {
  return fmt::format(
      R"({{"signal":"span","time":"2026-11-22T10:00:00Z","duration_ns":5,"name":"GET /","trace_id":"{:032x}","span_id":"0000000000000001"{}}})",
      trace, rest);
}

const std::string kFailed = R"(,"status":"error")";

// A receiver's sink with a program, over a directory that outlives it.
struct Receiver {
  Receiver(const std::string& dir, const std::string& text, RecordingSink::Answer answer = {},
           Fs& fs = system_fs(), std::size_t max_bytes = 1 << 20) {
    auto inner = std::make_unique<RecordingSink>(std::move(answer));
    sink = inner.get();
    TailKeeperOptions options;
    options.dir = dir;
    options.max_bytes = max_bytes;
    options.rewrite_bytes = 4096;
    const auto compiled = program(text);
    REQUIRE(compiled->tail() != nullptr);
    auto keeper = TailKeeper::open(fs, system_clock(), options, *compiled->tail(), registry);
    INFO((keeper ? "" : keeper.error().message));
    REQUIRE(keeper);
    pipe = std::make_unique<PipeSink>(
        std::move(inner), compiled, registry, [](std::string_view) {}, std::move(*keeper));
  }
  std::uint64_t value(Outcome outcome) const {
    return ledger.value(model::Signal::kSpans, outcome);
  }
  std::string metrics() const { return registry.render(); }
  std::string lines() const {
    std::string out;
    for (const auto& batch : sink->batches()) codec::append_ndjson(out, *batch);
    return out;
  }

  Registry registry;
  pipeline::Ledger ledger{registry, "pipe"};
  RecordingSink* sink = nullptr;
  std::unique_ptr<PipeSink> pipe;
};

TEST_CASE("a receiver keeps whole traces, and says why", "[places][tail]") {
  const TemporaryDir dir;
  Receiver receiver(dir.path(), "tailsample when status == error or duration > 1s wait 200ms");
  REQUIRE(write_and_wait(*receiver.pipe, make_batch({span(1, ""), span(2, "")})));
  CHECK(receiver.sink->batches().empty());
  CHECK(receiver.ledger.buffered(model::Signal::kSpans) == 2);
  REQUIRE(write_and_wait(*receiver.pipe, make_batch({span(1, kFailed)})));
  REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
  CHECK(receiver.value(Outcome::kSent) == 2);
  CHECK(receiver.value(Outcome::kSampled) == 1);
  CHECK(
      receiver.lines().find(R"("tailsampling.policy":1,"tailsampling.reason":"status == error")") !=
      std::string::npos);
  // Late spans follow.
  REQUIRE(write_and_wait(*receiver.pipe, make_batch({span(1, ""), span(2, "")})));
  REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
  CHECK(receiver.value(Outcome::kSent) == 3);
  CHECK(receiver.value(Outcome::kSampled) == 2);
  CHECK(receiver.metrics().find(R"(decision="kept",reason="policy",policy="status == error"} 1)") !=
        std::string::npos);
  CHECK(receiver.metrics().find("obs_places_tailsample_records_late_total 2") != std::string::npos);
}

TEST_CASE("stages before and behind a tailsample do their work", "[places][tail]") {
  const TemporaryDir dir;
  Receiver receiver(dir.path(),
                    "redact email | tailsample when status == error wait 100ms | where name != "
                    "\"noise\" | set kept = true");
  const std::string mail = R"(,"attributes":{"user":"ann@example.com"})";
  REQUIRE(write_and_wait(*receiver.pipe,
                         make_batch({span(1, kFailed + mail), span(1, R"(,"name":"noise")")})));
  REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
  CHECK(receiver.value(Outcome::kSent) == 1);
  CHECK(receiver.value(Outcome::kFiltered) == 1);
  CHECK(receiver.lines().find(R"("user":"[email]")") != std::string::npos);
  CHECK(receiver.lines().find(R"("kept":true)") != std::string::npos);
}

TEST_CASE("what is undecided waits for the next process", "[places][tail]") {
  const TemporaryDir dir;
  const std::string text = "tailsample when status == error wait 300ms";
  const auto failed = make_batch({span(1, kFailed), span(2, "")});
  {
    Receiver first(dir.path(), text);
    REQUIRE(write_and_wait(*first.pipe, failed));
    REQUIRE(first.pipe->close());
    CHECK(first.sink->batches().empty());
  }
  Receiver second(dir.path(), text);
  // A sender that did not hear of it tries again.
  REQUIRE(write_and_wait(*second.pipe, failed));
  REQUIRE(eventually([&] { return second.ledger.closes(); }));
  CHECK(second.value(Outcome::kReceived) == 4);
  CHECK(second.value(Outcome::kDeduplicated) == 2);
  CHECK(second.value(Outcome::kSent) == 1);
  CHECK(second.value(Outcome::kSampled) == 1);
}

TEST_CASE("what nobody takes is delivered again, by the next process too, under one id",
          "[places][tail]") {
  const TemporaryDir dir;
  const std::string text = "tailsample when status == error wait 1ms";
  model::BatchId id;
  {
    std::atomic<int> tries = 0;
    Receiver first(dir.path(), text, [&](const model::Batch& batch) -> Result<void> {
      if (tries++ == 0) id = batch.id;
      return fail(Errc::kUnavailable, "away");
    });
    REQUIRE(write_and_wait(*first.pipe, make_batch({span(1, kFailed)})));
    REQUIRE(eventually([&] { return tries > 2; }));
    REQUIRE(first.pipe->close());
  }
  {
    std::atomic<int> tries = 0;
    std::atomic<int> strange = 0;
    Receiver second(dir.path(), text, [&](const model::Batch& batch) -> Result<void> {
      if (batch.id != id) ++strange;
      if (tries++ < 2) return fail(Errc::kUnavailable, "away");
      return {};
    });
    REQUIRE(eventually([&] { return second.ledger.closes(); }));
    CHECK(tries == 3);
    CHECK(strange == 0);
    CHECK(second.value(Outcome::kSent) == 1);
    REQUIRE(second.pipe->close());
  }
  const Receiver third(dir.path(), text);
  CHECK(third.value(Outcome::kReceived) == 0);
}

TEST_CASE("a receiver whose journal is full refuses, and goes on when there is room",
          "[places][tail]") {
  const TemporaryDir dir;
  FaultFs fs(system_fs());
  Receiver receiver(dir.path(), "tailsample when status == error wait 100ms", {}, fs);
  fs.set_room(50);
  const auto batch = make_batch({span(1, kFailed)});
  const auto refused = write_and_wait(*receiver.pipe, batch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnavailable);
  fs.set_room(1 << 30);
  REQUIRE(eventually([&] { return write_and_wait(*receiver.pipe, batch).has_value(); }));
  REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
  CHECK(receiver.value(Outcome::kSent) == 1);
}

TEST_CASE("a receiver that holds all it may refuses", "[places][tail]") {
  const TemporaryDir dir;
  Receiver receiver(dir.path(), "tailsample when status == error wait 1h", {}, system_fs(), 2000);
  Result<void> last;
  for (int trace = 0; trace < 20 && last; ++trace) {
    last = write_and_wait(*receiver.pipe, make_batch({span(trace, "")}));
  }
  REQUIRE_FALSE(last);
  CHECK(last.error().code == Errc::kUnavailable);
  CHECK(last.error().message.find("tailsample holds") != std::string::npos);
}

TEST_CASE("a journal that grows is begun anew, and keeps what waits", "[places][tail]") {
  const TemporaryDir dir;
  const std::string text = "tailsample when status == error wait 100ms";
  std::uint64_t longest = 0;
  {
    Receiver receiver(dir.path(), text);
    for (int trace = 0; trace < 200; ++trace) {
      REQUIRE(write_and_wait(*receiver.pipe, make_batch({span(trace, kFailed)})));
      longest =
          std::max<std::uint64_t>(longest, std::filesystem::file_size(dir / "tailsample.journal"));
    }
    REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
    CHECK(receiver.value(Outcome::kSent) == 200);
  }
  CHECK(longest < 200'000);
}

TEST_CASE("one directory is for one receiver", "[places][tail]") {
  const TemporaryDir dir;
  const Receiver receiver(dir.path(), "tailsample when a == 1");
  Registry registry;
  TailKeeperOptions options;
  options.dir = dir.path();
  const auto second = TailKeeper::open(system_fs(), system_clock(), options, {}, registry);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find("in use by another process") != std::string::npos);
}

TEST_CASE("a new program brings its rules, but neither takes tailsample away nor brings it",
          "[places][tail]") {
  const TemporaryDir dir;
  Receiver receiver(dir.path(), "tailsample when status == error wait 1h");
  REQUIRE(write_and_wait(*receiver.pipe, make_batch({span(1, kFailed)})));
  CHECK_FALSE(receiver.pipe->replace(program("redact email")));
  REQUIRE(receiver.pipe->replace(program("tailsample when name == \"x\" wait 1ms")));
  REQUIRE(eventually([&] { return receiver.ledger.closes(); }));
  CHECK(receiver.value(Outcome::kSent) == 1);
  Registry registry;
  const auto without = PipeSink::open(std::make_unique<RecordingSink>(),
                                      program("tailsample when a == 1"), "", registry, {});
  REQUIRE_FALSE(without);
  CHECK(without.error().message.find("--state DIR") != std::string::npos);
}

}  // namespace
}  // namespace obs::places
