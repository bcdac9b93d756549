#include "libobs/places/delivery.h"

#include "libobs/places/batch_queue.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

Failure<Error> unavailable() { return fail(Errc::kUnavailable, "busy"); }

struct Bench {
  Registry registry;
  pipeline::Ledger ledger{registry, "test"};
  std::stop_source stop;
};

TEST_CASE("a batch the sink is too busy for is written again until it is taken",
          "[places][delivery]") {
  Bench bench;
  int refusals = 3;
  RecordingSink sink([&](const model::Batch&) -> Result<void> {
    if (refusals-- > 0) return unavailable();
    return {};
  });
  Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token());
  REQUIRE(delivery.send(make_log("a")));
  REQUIRE(delivery.finish());
  CHECK(sink.records() == 1);
  CHECK(sink.refused() == 3);
  CHECK(bench.ledger.closes());
  CHECK(bench.ledger.value(model::Signal::kLogs, pipeline::Outcome::kSent) == 1);
}

TEST_CASE("a sink whose queue is full is asked now and then, not offered all that waits each time",
          "[places][delivery]") {
  Bench bench;
  std::atomic<int> room{20};
  RecordingSink sink([&](const model::Batch&) -> Result<void> {
    if (room > 0) {
      --room;
      return {};
    }
    return unavailable();
  });
  Delivery delivery(sink, bench.ledger, kGiB, bench.stop.get_token());
  for (int i = 0; i < 200; ++i) REQUIRE(delivery.send(make_log(std::to_string(i))));
  CHECK(eventually([&] { return sink.refused() >= 3; }));
  CHECK(sink.batches().size() == 20);
  CHECK(sink.refused() <= 4);
  for (int i = 0; i < 3; ++i) {  // A flush makes room for some; at last for all.
    const std::size_t before = sink.batches().size();
    room = i < 2 ? 40 : 1000;
    CHECK(eventually(
        [&] { return sink.batches().size() >= std::min<std::size_t>(before + 40, 200); }));
  }
  REQUIRE(delivery.finish());
  CHECK(sink.records() == 200);
  CHECK(sink.repeated() == 0);
  // With all that waits offered again after each pause there would be hundreds.
  CHECK(sink.refused() <= 12);
  for (int i = 0; i < 200; ++i) {
    CHECK(sink.batches()[static_cast<std::size_t>(i)]->logs.body[0].as_string() ==
          std::to_string(i));
  }
  CHECK(bench.ledger.value(model::Signal::kLogs, pipeline::Outcome::kReceived) == 200);
  CHECK(bench.ledger.closes());
}

TEST_CASE("what was held back from a full sink is given up when the program must end",
          "[places][delivery]") {
  Bench bench;
  RecordingSink sink([](const model::Batch&) -> Result<void> { return unavailable(); });
  Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token(), 100 * kMillisecond);
  std::atomic<int> told{0};
  for (int i = 0; i < 5; ++i) {
    REQUIRE(delivery.send(make_log("a"), [&](Result<void> r) { told += r ? 100 : 1; }));
  }
  bench.stop.request_stop();
  REQUIRE(delivery.finish());
  CHECK(told == 5);
  CHECK(bench.ledger.closes());
}

TEST_CASE("a slow sink slows its source", "[places][delivery]") {
  Bench bench;
  RecordingSink sink;
  sink.hold();
  Delivery delivery(sink, bench.ledger, 1, bench.stop.get_token());
  REQUIRE(delivery.send(make_log("a")));
  std::atomic<bool> sent{false};
  // Catch's assertions are for the main thread, those of make_log() included.
  std::thread second([&, b = make_log("b")] { sent = static_cast<bool>(delivery.send(b)); });
  CHECK_FALSE(eventually([&] { return sent.load(); }, 0));
  sink.let_go();
  second.join();
  CHECK(sent);
  REQUIRE(delivery.finish());
  CHECK(delivery.bytes_in_flight() == 0);
}

TEST_CASE("a refusal for good fails the delivery, unless the batch has somebody to tell",
          "[places][delivery]") {
  Bench bench;
  RecordingSink sink([](const model::Batch&) -> Result<void> { return fail(Errc::kIo, "gone"); });
  {
    Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token());
    Errc told = Errc::kInternal;
    REQUIRE(delivery.send(make_log("a"), [&](Result<void> r) { told = r.error().code; }));
    CHECK(told == Errc::kIo);
    CHECK(delivery.finish());
  }
  Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token());
  REQUIRE(delivery.send(make_log("b")));
  auto next = delivery.send(make_log("c"));
  REQUIRE_FALSE(next);
  CHECK(next.error().message == "gone");
  CHECK_FALSE(delivery.finish());
  CHECK(bench.ledger.closes());
}

TEST_CASE("a sink that stays away does not keep a stopping program for ever",
          "[places][delivery]") {
  Bench bench;
  RecordingSink sink([](const model::Batch&) -> Result<void> { return unavailable(); });
  Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token(), 100 * kMillisecond);
  REQUIRE(delivery.send(make_log("a")));
  bench.stop.request_stop();
  auto finished = delivery.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().code == Errc::kUnavailable);
}

TEST_CASE("a sink that never answers does not keep a stopping program for ever",
          "[places][delivery]") {
  Bench bench;
  RecordingSink sink;
  sink.hold();
  std::optional<Result<void>> told;
  {
    // One batch is held by the sink; the second is not even taken until the first is given up.
    Delivery delivery(sink, bench.ledger, 1, bench.stop.get_token(), 100 * kMillisecond);
    REQUIRE(delivery.send(make_log("a"), [&](Result<void> result) { told = std::move(result); }));
    std::thread second([&, b = make_log("b")] { (void)delivery.send(b); });
    bench.stop.request_stop();
    second.join();
    auto finished = delivery.finish();
    REQUIRE_FALSE(finished);
    CHECK(finished.error().code == Errc::kUnavailable);
  }
  REQUIRE(told);
  CHECK(told->error().code == Errc::kUnavailable);
  told.reset();
  sink.let_go();
  CHECK_FALSE(told);  // Too late to be heard.
  CHECK(bench.ledger.value(model::Signal::kLogs, pipeline::Outcome::kFailed) == 2);
  CHECK(bench.ledger.closes());
}

TEST_CASE("the sink is told of a stop, once, though nothing is under way", "[places][delivery]") {
  Bench bench;
  RecordingSink sink;
  Delivery delivery(sink, bench.ledger, kMiB, bench.stop.get_token(), 3 * kSecond);
  bench.stop.request_stop();
  CHECK(eventually([&] { return sink.grace() == 3 * kSecond; }));
  REQUIRE(delivery.send(make_log("a")));
  REQUIRE(delivery.finish());
}

TEST_CASE("a queue refuses what it has no room for, and takes it when it has", "[places][queue]") {
  Bench bench;
  BatchQueue queue("file:x", 1, bench.ledger);
  std::vector<std::string> acks;
  const auto ack = [&](Result<void> r) { acks.push_back(r ? "ok" : r.error().message); };
  queue.push(make_log("a"), ack);
  queue.push(make_log("b"), ack);
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].starts_with("file:x is slow"));
  auto item = queue.take(0);
  REQUIRE(item);
  queue.settle(*std::move(item), {});
  queue.push(make_log("c"), ack);
  CHECK(acks == std::vector<std::string>{acks[0], "ok"});
  queue.close();
  CHECK_FALSE(queue.is_drained());
  queue.fail_waiting({Errc::kIo, "lost"});
  CHECK(queue.is_drained());
  CHECK_FALSE(queue.take(kHour));
  queue.push(make_log("d"), ack);
  CHECK(acks.back() == "file:x is being closed");
  CHECK(bench.ledger.closes());
}

TEST_CASE("a queue told to refuse says why", "[places][queue]") {
  Bench bench;
  BatchQueue queue("x", kMiB, bench.ledger);
  std::string said;
  const auto ack = [&](Result<void> r) { said = r ? "ok" : r.error().message; };
  queue.refuse("redis is away");
  queue.push(make_log("a"), ack);
  CHECK(said == "redis is away");
  queue.refuse(std::nullopt);
  queue.push(make_log("b"), ack);
  queue.settle(*queue.take(0), {});
  CHECK(said == "ok");
}

}  // namespace
}  // namespace obs::places
