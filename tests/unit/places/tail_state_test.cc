#include "libobs/places/tail_state.h"

#include <random>

#include "libobs/base/fault_fs.h"
#include "libobs/places/tail_journal.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

constexpr Timestamp kStart = 1'000 * kSecond;

model::TraceId trace_id(int n) {
  model::TraceId id;
  (void)model::parse_id(fmt::format("{:032x}", n), id);
  return id;
}

model::BatchId batch_id(int n) {
  model::BatchId id;
  (void)model::parse_id(fmt::format("{:032x}", n), id);
  return id;
}

lang::TailSampleOptions waiting(Duration wait) {
  lang::TailSampleOptions options;
  options.wait = wait;
  return options;
}

// A record of the trace that meets the first policy, or none.
std::string take(int batch, int trace, bool meets, const std::string& line) {
  const TailRecord record{trace_id(trace), meets ? 1u : 0u, line};
  std::string change;
  append_take(change, model::Signal::kSpans, batch_id(batch), {&record, 1});
  return change;
}

std::string advance(Duration seconds) {
  std::string change;
  append_advance(change, kStart + seconds * kSecond);
  return change;
}

std::string sent(std::uint64_t output) {
  std::string change;
  append_sent(change, output);
  return change;
}

std::string lines_of(const TailState& state) {
  std::string lines;
  for (const auto& [number, output] : state.outputs()) {
    lines += fmt::format("#{} {}", number, output.lines);
  }
  return lines;
}

void apply(TailState& state, const std::vector<std::string>& changes) {
  for (const std::string& change : changes) REQUIRE(state.apply(change));
}

const std::vector<std::string> kChanges = {advance(0),
                                           take(1, 1, false, "a1"),
                                           take(2, 2, false, "b1"),
                                           take(3, 1, true, "a2"),
                                           advance(9),
                                           take(4, 3, true, "c1"),
                                           advance(10),
                                           take(5, 1, false, "a3"),
                                           sent(1),
                                           take(6, 2, true, "b2"),
                                           advance(11),
                                           advance(30)};

TEST_CASE("a trace is kept whole when one of its records meets a policy", "[places][tail]") {
  TailState state(waiting(10 * kSecond));
  apply(state, kChanges);
  // a3 came late and follows; b2 came after b was dropped.
  CHECK(lines_of(state) == "#2 0 0 0\ta3\n#3 0 0 0\tc1\n");
  CHECK(state.held() == std::array<std::uint64_t, 3>{0, 2, 0});
  apply(state, {sent(2), sent(3)});
  CHECK(state.held() == std::array<std::uint64_t, 3>{});
  CHECK(state.bytes() == 0);
}

TEST_CASE("a state that is saved and restored after any change goes on the same",
          "[places][tail]") {
  TailState plain(waiting(10 * kSecond));
  apply(plain, kChanges);
  for (std::size_t cut = 0; cut <= kChanges.size(); ++cut) {
    TailState before(waiting(10 * kSecond));
    apply(before, {kChanges.begin(), kChanges.begin() + static_cast<std::ptrdiff_t>(cut)});
    TailState after(waiting(kSecond));
    REQUIRE(after.restore(before.save()));
    apply(after, {kChanges.begin() + static_cast<std::ptrdiff_t>(cut), kChanges.end()});
    CHECK((after.save() == plain.save()));
  }
}

TEST_CASE("a batch that was taken is known for ten minutes", "[places][tail]") {
  TailState state(waiting(kSecond));
  apply(state, {advance(0), take(7, 1, true, "a")});
  CHECK(state.has_taken(batch_id(7)));
  CHECK_FALSE(state.has_taken(batch_id(8)));
  apply(state, {advance(601), take(8, 2, true, "b")});
  CHECK_FALSE(state.has_taken(batch_id(7)));
}

TEST_CASE("bytes that are no change or no state change nothing", "[places][tail]") {
  TailState state(waiting(10 * kSecond));
  apply(state, kChanges);
  const std::string good = state.save();
  std::mt19937 random(1);
  for (const std::string& change : kChanges) {
    for (std::size_t size = 0; size < change.size(); ++size) {
      CHECK_FALSE(state.apply(std::string_view(change).substr(0, size)));
    }
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(state.restore(std::string_view(good).substr(0, size)));
  }
  CHECK((state.save() == good));
}

// What a journal holds: its state, then its changes.
struct Contents {
  std::vector<std::string> frames;
  TailJournal::Reader reader() {
    const auto keep = [this](std::string_view bytes) -> Result<void, ParseError> {
      frames.emplace_back(bytes);
      return {};
    };
    return {keep, keep};
  }
};

TEST_CASE("a journal gives back what was committed, whichever call fails", "[places][tail]") {
  for (std::uint64_t stop = 1; stop < 40; ++stop) {
    const TemporaryDir scratch;
    const std::string dir = scratch.path();
    FaultFs fs(system_fs());
    std::vector<std::string> committed;
    bool reached_end = false;
    {
      Contents none;
      auto journal = TailJournal::open(fs, dir, none.reader());
      REQUIRE(journal);
      REQUIRE(journal->rewrite("state 0"));
      committed = {"state 0"};
      fs.stop_at(stop);
      for (int i = 0; i < 6; ++i) {
        if (i == 3 && journal->rewrite("state 3")) committed = {"state 3"};
        journal->add(fmt::format("change {}", i));
        if (journal->commit()) committed.push_back(fmt::format("change {}", i));
      }
      reached_end = committed.size() == 4 && committed[0] == "state 3";
    }
    REQUIRE(fs.power_cut());
    Contents found;
    auto again = TailJournal::open(fs, dir, found.reader());
    INFO(stop);
    REQUIRE(again);
    // A call that failed may still have come to be: never less, one more at most.
    const bool is_more = found.frames.size() == committed.size() + 1;
    const bool is_rewritten = found.frames.at(0) == "state 3" && committed[0] == "state 0";
    if (!is_rewritten) {
      if (is_more) found.frames.pop_back();
      CHECK(found.frames == committed);
    }
    again->add("later");
    CHECK(again->commit());
    if (reached_end) return;
  }
  FAIL("no run came to its end");
}

TEST_CASE("a journal that is cut short anywhere loses the last change alone", "[places][tail]") {
  const TemporaryDir scratch;
  const std::string dir = scratch.path();
  const std::string path = join_path(dir, "tailsample.journal");
  Contents none;
  {
    auto journal = TailJournal::open(system_fs(), dir, none.reader());
    REQUIRE(journal->rewrite("state"));
    for (const auto* change : {"one", "two"}) {
      journal->add(change);
      REQUIRE(journal->commit());
    }
  }
  const auto whole = system_fs().read_file(path);
  REQUIRE(whole);
  for (std::size_t lost = 1; lost < 15; ++lost) {
    REQUIRE(system_fs().replace_file(path, whole->substr(0, whole->size() - lost)));
    Contents found;
    auto journal = TailJournal::open(system_fs(), dir, found.reader());
    REQUIRE(journal);
    CHECK(found.frames == std::vector<std::string>{"state", "one"});
    CHECK(journal->torn() == 15 - lost);
  }
  REQUIRE(system_fs().replace_file(path, "OBSTAIL3" + whole->substr(8)));
  Contents found;
  CHECK(TailJournal::open(system_fs(), dir, found.reader()).error().code == Errc::kUnsupported);
  REQUIRE(system_fs().replace_file(path, "something else"));
  CHECK(TailJournal::open(system_fs(), dir, found.reader()).error().code == Errc::kMalformed);
}

}  // namespace
}  // namespace obs::places
