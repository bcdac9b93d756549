#include "libobs/lang/pump.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include <catch2/catch.hpp>

#include "libobs/lang/parser.h"

namespace obs::lang {
namespace {

Plan make_plan(std::string_view text, const EngineOptions& options = {}) {
  auto program = parse(text);
  REQUIRE(program);
  auto plan = compile(std::move(*program), options);
  REQUIRE(plan);
  return std::move(*plan);
}

// Chunks of a line each, {"n":0} and so on; what `spoil` makes of one is up to the test.
class Numbers final : public ChunkSource {
 public:
  explicit Numbers(std::uint64_t count) : count_(count) {}
  std::function<void(Chunk&)> spoil = [](Chunk&) {};

  Result<bool> next(Chunk& chunk) override {
    const std::uint64_t number = next_++;
    if (stopped_ || number >= count_) return false;
    const std::string line = "{\"n\":" + std::to_string(number) + "}\n";
    char* const data = chunk.buffer.reserve(line.size(), 0);
    std::memcpy(data, line.data(), line.size());
    chunk.lines = {data, line.size()};
    chunk.number = number;
    chunk.name = "numbers";
    chunk.begins_file = number == 0;
    spoil(chunk);
    return true;
  }
  void stop() override { stopped_ = true; }

 private:
  std::uint64_t count_;
  std::atomic<std::uint64_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
};

std::string lines_up_to(std::uint64_t count, std::string_view prefix = {}) {
  std::string lines;
  for (std::uint64_t i = 0; i < count; ++i) {
    lines += std::string(prefix) + "{\"n\":" + std::to_string(i) + "}\n";
  }
  return lines;
}

PumpOptions append_to(std::string& out, unsigned threads) {
  PumpOptions options;
  options.threads = threads;
  options.write = [&out](std::string_view lines) {
    out += lines;
    return Result<void>();
  };
  return options;
}

}  // namespace

TEST_CASE("what is drawn by several threads is written in order", "[lang][pump]") {
  for (const unsigned threads : {1U, 4U}) {
    std::string out;
    PumpOptions options = append_to(out, threads);
    options.draw = [](std::string_view lines, std::string& drawn) {
      if (lines.find('7') != std::string_view::npos) return false;  // These go as they are.
      drawn = "> " + std::string(lines);
      return true;
    };
    options.write_drawn = options.write;
    Numbers source(1000);
    REQUIRE(pump(make_plan("where n < 60 or n >= 960"), source, options));
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
      if (i >= 60 && i < 960) continue;
      const std::string number = std::to_string(i);
      expected +=
          (number.find('7') == std::string::npos ? "> {\"n\":" : "{\"n\":") + number + "}\n";
    }
    CHECK(out == expected);
  }
}

TEST_CASE("what came out before an error is written, and nothing behind it", "[lang][pump]") {
  EngineOptions strict;
  strict.strict = true;
  for (const unsigned threads : {1U, 4U}) {
    std::string out;
    Numbers source(1000);
    source.spoil = [](Chunk& chunk) {
      if (chunk.number == 500 || chunk.number == 503) chunk.lines.remove_suffix(2);
    };
    const auto counters = pump(make_plan("where true", strict), source, append_to(out, threads));
    REQUIRE_FALSE(counters);
    CHECK(counters.error().message.starts_with("numbers:501: "));
    CHECK(out == lines_up_to(500));
  }
}

TEST_CASE("a source may end a run behind the lines of a chunk", "[lang][pump]") {
  std::string out;
  Numbers source(1000);
  source.spoil = [](Chunk& chunk) {
    if (chunk.number == 20) chunk.error = RunError{{Errc::kMalformed, "no more"}, 1, 0};
  };
  const auto counters = pump(make_plan("where true"), source, append_to(out, 4));
  REQUIRE_FALSE(counters);
  CHECK(counters.error().message == "numbers:22: no more");
  CHECK(out == lines_up_to(21));
}

TEST_CASE("an input that fails ends a run behind what was had of it", "[lang][pump]") {
  class Failing final : public ChunkSource {
   public:
    Result<bool> next(Chunk& chunk) override {
      OBS_TRY(const bool more, numbers.next(chunk));
      return more ? Result<bool>(true) : fail(Errc::kIo, "the disk is gone");
    }
    void stop() override { numbers.stop(); }
    Numbers numbers{100};
  };
  for (const unsigned threads : {1U, 4U}) {
    std::string out;
    Failing source;
    const auto counters = pump(make_plan("where true"), source, append_to(out, threads));
    REQUIRE_FALSE(counters);
    CHECK(counters.error().message == "the disk is gone");
    CHECK(out == lines_up_to(100));
  }
}

TEST_CASE("rows are shown while they change, and printed once", "[lang][pump]") {
  for (const char* program : {"stats count() as n, sum(n) as s",
                              "stats count() as n, sum(n) as s by "
                              "time | drop time | head 1"}) {
    std::string out;
    PumpOptions options = append_to(out, 3);
    std::atomic<int> shown = 0;
    std::string last;
    options.repaint_every = kMillisecond;
    options.repaint = [&](std::string_view rows) {
      last = rows;
      ++shown;
    };
    Numbers source(2000);
    source.spoil = [&](Chunk& chunk) {
      // Half-way, what is shown comes before it goes on.
      const int before = shown;
      while (chunk.number == 1000 && shown < before + 2) std::this_thread::yield();
    };
    REQUIRE(pump(make_plan(program), source, options));
    CHECK(out == "{\"n\":2000,\"s\":1999000}\n");
    CHECK(shown >= 2);
    CHECK(last.starts_with("{\"n\":"));
  }
}

}  // namespace obs::lang
