#include "libobs/pipeline/fanout.h"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace obs;
using namespace obs::pipeline;

namespace {

// Keeps its acks until told.
class HeldSink final : public Sink {
 public:
  explicit HeldSink(std::string name) : name_(std::move(name)) {}
  void write(model::BatchPtr batch, Ack ack) override {
    batches.push_back(std::move(batch));
    acks.push_back(std::move(ack));
  }
  Result<void> close() override {
    closed = true;
    if (fails_to_close) return fail(Errc::kIo, name_ + " is stuck");
    return {};
  }
  std::vector<Health> health() const override { return {{name_, true, ""}}; }

  std::vector<model::BatchPtr> batches;
  std::vector<Ack> acks;
  bool closed = false;
  bool fails_to_close = false;

 private:
  std::string name_;
};

struct Fixture {
  Fixture() {
    auto one = std::make_unique<HeldSink>("one");
    auto two = std::make_unique<HeldSink>("two");
    first = one.get();
    second = two.get();
    std::vector<std::unique_ptr<Sink>> sinks;
    sinks.push_back(std::move(one));
    sinks.push_back(std::move(two));
    fanout = join_sinks(std::move(sinks));
  }
  void write() {
    fanout->write(std::make_shared<model::Batch>(), [this](Result<void> result) {
      REQUIRE_FALSE(acked);
      acked = std::move(result);
    });
  }

  HeldSink* first = nullptr;
  HeldSink* second = nullptr;
  std::unique_ptr<Sink> fanout;
  std::optional<Result<void>> acked;
};

}  // namespace

TEST_CASE("a batch goes to every sink and is acked when all have", "[pipeline]") {
  for (const bool first_acks_first : {true, false}) {
    Fixture f;
    f.write();
    REQUIRE(f.first->batches.size() == 1);
    CHECK(f.first->batches == f.second->batches);
    (first_acks_first ? f.first : f.second)->acks[0]({});
    CHECK_FALSE(f.acked);
    (first_acks_first ? f.second : f.first)->acks[0]({});
    REQUIRE(f.acked);
    CHECK(*f.acked);
  }
}

TEST_CASE("a batch fails when any sink fails, and is worth a retry only if none refused for good",
          "[pipeline]") {
  struct Case {
    std::optional<Errc> first;
    std::optional<Errc> second;
    Errc all;
  };
  for (const Case& c : {Case{Errc::kUnavailable, std::nullopt, Errc::kUnavailable},
                        Case{std::nullopt, Errc::kUnavailable, Errc::kUnavailable},
                        Case{Errc::kUnavailable, Errc::kUnavailable, Errc::kUnavailable},
                        Case{Errc::kUnavailable, Errc::kMalformed, Errc::kMalformed},
                        Case{Errc::kMalformed, Errc::kUnavailable, Errc::kMalformed}}) {
    Fixture f;
    f.write();
    const auto ack = [](HeldSink& sink, std::optional<Errc> code, const char* message) {
      if (code) return sink.acks[0](fail(*code, message));
      sink.acks[0]({});
    };
    ack(*f.first, c.first, "first is away");
    ack(*f.second, c.second, "second is away");
    REQUIRE(f.acked);
    REQUIRE_FALSE(*f.acked);
    CHECK(f.acked->error().code == c.all);
    const std::string& message = f.acked->error().message;
    CHECK((message.find("first is away") != std::string::npos) == c.first.has_value());
    CHECK((message.find("second is away") != std::string::npos) == c.second.has_value());
  }
}

TEST_CASE("closing closes every sink, whatever the others say", "[pipeline]") {
  Fixture f;
  f.first->fails_to_close = true;
  const auto closed = f.fanout->close();
  REQUIRE_FALSE(closed);
  CHECK(closed.error().message == "one is stuck");
  CHECK(f.first->closed);
  CHECK(f.second->closed);
}

TEST_CASE("health is that of every sink", "[pipeline]") {
  Fixture f;
  const std::vector<Health> health = f.fanout->health();
  REQUIRE(health.size() == 2);
  CHECK(health[0].name == "one");
  CHECK(health[1].name == "two");
}

TEST_CASE("one sink needs no fan-out", "[pipeline]") {
  auto one = std::make_unique<HeldSink>("one");
  const Sink* const raw = one.get();
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::move(one));
  CHECK(join_sinks(std::move(sinks)).get() == raw);
}
