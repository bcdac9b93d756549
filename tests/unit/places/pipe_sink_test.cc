#include "libobs/places/pipe_sink.h"

#include "tests/unit/places/program.h"
#include "tests/unit/places/support.h"

namespace obs::places {
namespace {

using pipeline::Outcome;

std::string line(const std::string& severity, const std::string& body) {
  return fmt::format(
      R"({{"signal":"log","time":"2026-11-22T10:00:00Z","severity":"{}","body":"{}","attributes":{{"a":1}}}})",
      severity, body);
}

std::string to_lines(const std::vector<model::BatchPtr>& batches) {
  std::string out;
  for (const auto& batch : batches) codec::append_ndjson(out, *batch);
  return out;
}

// What the program makes of records, as bodies in their order.
struct Bench {
  explicit Bench(const std::string& text, RecordingSink::Answer answer = {}) {
    auto inner = std::make_unique<RecordingSink>(std::move(answer));
    sink = inner.get();
    pipe = std::make_unique<PipeSink>(
        std::move(inner), program(text), registry,
        [this](std::string_view message) { warnings.emplace_back(message); });
  }
  std::uint64_t value(Outcome outcome, model::Signal signal = model::Signal::kLogs) const {
    return ledger.value(signal, outcome);
  }

  Registry registry;
  pipeline::Ledger ledger{registry, "pipe"};
  std::vector<std::string> warnings;
  RecordingSink* sink = nullptr;
  std::unique_ptr<PipeSink> pipe;
};

TEST_CASE("a batch that the program does not change passes as the very batch", "[places][pipe]") {
  const std::string text = GENERATE("where severity >= warn", "redact email", "set a = 1",
                                    "redact email | where severity >= warn");
  Bench bench(text);
  const auto batch = make_batch({line("warn", "one"), line("error", "two")});
  REQUIRE(write_and_wait(*bench.pipe, batch));
  REQUIRE(bench.sink->batches().size() == 1);
  CHECK(bench.sink->batches()[0] == batch);
  CHECK(bench.value(Outcome::kSent) == 2);
  CHECK(bench.ledger.closes());
}

TEST_CASE("what the program filters out is acknowledged and counted", "[places][pipe]") {
  Bench bench("where severity >= warn");
  const auto batch = make_batch({line("info", "a"), line("error", "b"), line("debug", "c")});
  REQUIRE(write_and_wait(*bench.pipe, batch));
  CHECK(bench.sink->bodies() == std::multiset<std::string>{"b"});
  CHECK(bench.sink->batches()[0]->id == batch->id);
  REQUIRE(write_and_wait(*bench.pipe, make_batch({line("info", "d")})));
  CHECK(bench.sink->batches().size() == 1);
  CHECK(bench.value(Outcome::kReceived) == 4);
  CHECK(bench.value(Outcome::kFiltered) == 3);
  CHECK(bench.value(Outcome::kSent) == 1);
  CHECK(bench.ledger.closes());
}

TEST_CASE("a filter with a literal counts what its prefilter passed over", "[places][pipe]") {
  Bench bench("where body == \"needle\"");
  REQUIRE(write_and_wait(
      *bench.pipe, make_batch({line("info", "a"), line("info", "needle"), line("info", "b")})));
  CHECK(bench.value(Outcome::kFiltered) == 2);
  CHECK(bench.value(Outcome::kSent) == 1);
}

TEST_CASE("records of all signals survive the way through lines", "[places][pipe]") {
  struct Case {
    std::string name;
    std::vector<std::string> lines;
    model::Signal signal;
  };
  const std::vector<Case> cases = {
      {"span", {span_line(1), span_line(2)}, model::Signal::kSpans},
      {"metric", {metric_line("m", 1), metric_line("m", 2)}, model::Signal::kMetrics},
      {"log", {line("info", "x"), line("error", "y")}, model::Signal::kLogs}};
  for (const Case& each : cases) {
    INFO(each.name);
    Bench bench("set attributes.zone = \"eu\"");
    const auto batch = make_batch(each.lines);
    REQUIRE(write_and_wait(*bench.pipe, batch));
    REQUIRE(bench.sink->batches().size() == 1);
    const auto out = bench.sink->batches()[0];
    CHECK(out->signal == each.signal);
    CHECK(out->size() == 2);
    CHECK(out->id == batch->id);
    CHECK(out->received == batch->received);
    CHECK(to_lines({out}).find("\"zone\":\"eu\"") != std::string::npos);
    CHECK(bench.value(Outcome::kSent, each.signal) == 2);
  }
}

TEST_CASE("secrets are taken out, by columns as by lines", "[places][pipe]") {
  for (const char* text : {"redact email", "redact email | where severity >= trace"}) {
    INFO(text);
    Bench bench(text);
    REQUIRE(write_and_wait(
        *bench.pipe, make_batch({line("info", "from ada@example.com"), line("info", "nothing")})));
    REQUIRE(bench.sink->batches().size() == 1);
    CHECK(bench.sink->batches()[0]->wire.empty());
    CHECK(to_lines(bench.sink->batches()).find("ada@example.com") == std::string::npos);
    CHECK(bench.sink->bodies() == std::multiset<std::string>{"from [email]", "nothing"});
    CHECK(bench.registry.render().find(
              "obs_places_pipe_secrets_redacted_total{kind=\"email\"} 1\n") != std::string::npos);
  }
}

TEST_CASE("what keep leaves is still a record of its signal and time", "[places][pipe]") {
  Bench bench("keep name");
  REQUIRE(write_and_wait(*bench.pipe, make_batch({span_line(3)})));
  REQUIRE(bench.sink->batches().size() == 1);
  const auto out = bench.sink->batches()[0];
  REQUIRE(out->signal == model::Signal::kSpans);
  CHECK(out->spans.name[0] == "GET /");
  CHECK(out->spans.time_source[0] == model::TimeSource::kSender);
  CHECK(out->spans.trace_id[0].is_zero());
}

TEST_CASE("a record on which a stage fails goes on with the reason", "[places][pipe]") {
  for (const char* text : {"set z = body + 1", "set z = body + 1 | keep body"}) {
    INFO(text);
    Bench bench(text);
    REQUIRE(write_and_wait(*bench.pipe, make_batch({line("info", "no number")})));
    const auto out = to_lines(bench.sink->batches());
    CHECK(out.find("\"_error\":\"arithmetic on something that is no number\"") !=
          std::string::npos);
    CHECK(bench.registry.render().find("obs_places_pipe_errors_total 1\n") != std::string::npos);
  }
}

TEST_CASE("sampling is counted as sampling and repeats itself", "[places][pipe]") {
  std::vector<std::string> lines;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t random = hash64(std::to_string(i));  // As trace ids are.
    lines.push_back(fmt::format(
        R"({{"signal":"span","time":"2026-11-22T10:00:00Z","name":"GET /","trace_id":"{:016x}{:016x}","span_id":"{:016x}"}})",
        random, random, random));
  }
  Bench bench("sample 50% by trace_id");
  const auto batch = make_batch(lines);
  REQUIRE(write_and_wait(*bench.pipe, batch));
  REQUIRE(write_and_wait(*bench.pipe, batch));
  const auto out = bench.sink->batches();
  REQUIRE(out.size() == 2);
  CHECK(to_lines({out[0]}) == to_lines({out[1]}));
  CHECK(out[0]->id == out[1]->id);
  CHECK(out[0]->size() > 120);
  CHECK(out[0]->size() < 280);
  CHECK(bench.value(Outcome::kSampled, model::Signal::kSpans) + 2 * out[0]->size() == 800);
  CHECK(bench.ledger.closes());
}

TEST_CASE("a program may spread records over projects, each piece with an id of its own",
          "[places][pipe]") {
  Bench bench("set project = body");
  const auto batch = make_batch({line("info", "a"), line("info", "b"), line("info", "a")});
  REQUIRE(write_and_wait(*bench.pipe, batch));
  REQUIRE(write_and_wait(*bench.pipe, batch));
  const auto out = bench.sink->batches();
  REQUIRE(out.size() == 4);
  CHECK(out[0]->id == batch->id);
  CHECK(out[1]->id != batch->id);
  CHECK(out[1]->id == out[3]->id);
  CHECK(bench.value(Outcome::kSent) == 6);
}

TEST_CASE("what a program makes unusable is left out, counted and told once", "[places][pipe]") {
  Bench bench("set time = body");
  REQUIRE(write_and_wait(*bench.pipe, make_batch({line("info", "soon")})));
  REQUIRE(write_and_wait(*bench.pipe, make_batch({line("info", "later")})));
  CHECK(bench.sink->batches().empty());
  CHECK(bench.value(Outcome::kRejected) == 2);
  CHECK(bench.warnings.size() == 1);
  CHECK(bench.ledger.closes());
}

TEST_CASE("a sink that fails is heard, and the batch may come again", "[places][pipe]") {
  bool busy = true;
  Bench bench("where severity >= warn", [&](const model::Batch&) -> Result<void> {
    if (busy) return fail(Errc::kUnavailable, "busy");
    return {};
  });
  const auto batch = make_batch({line("info", "a"), line("error", "b")});
  const auto first = write_and_wait(*bench.pipe, batch);
  REQUIRE_FALSE(first);
  CHECK(first.error().code == Errc::kUnavailable);
  busy = false;
  REQUIRE(write_and_wait(*bench.pipe, batch));
  CHECK(bench.value(Outcome::kFailed) == 2);
  CHECK(bench.value(Outcome::kFiltered) == 1);
  CHECK(bench.value(Outcome::kSent) == 1);
  CHECK(bench.ledger.closes());
}

TEST_CASE("a new program takes over between batches; a bad one leaves the old", "[places][pipe]") {
  Bench bench("where severity >= warn");
  const auto batch = make_batch({line("info", "a"), line("error", "b")});
  REQUIRE(write_and_wait(*bench.pipe, batch));
  CHECK_FALSE(bench.pipe->replace(BatchProgram::compile({"wher x", "", ""})));
  REQUIRE(write_and_wait(*bench.pipe, batch));
  REQUIRE(bench.pipe->replace(program("where severity < warn")));
  REQUIRE(write_and_wait(*bench.pipe, make_batch({line("info", "c"), line("error", "d")})));
  CHECK(bench.sink->bodies() == std::multiset<std::string>{"b", "c"});
  const std::string metrics = bench.registry.render();
  CHECK(metrics.find("programs_loaded_total{outcome=\"taken\"} 1\n") != std::string::npos);
  CHECK(metrics.find("programs_loaded_total{outcome=\"refused\"} 1\n") != std::string::npos);
}

TEST_CASE("nothing is lost while threads write and the program changes", "[places][pipe]") {
  Bench bench("where severity >= warn");
  std::vector<model::BatchPtr> batches;
  for (int i = 0; i < 200; ++i)
    batches.push_back(make_batch({line("info", "a"), line("error", "b")}));
  const ProgramPtr both[] = {program("redact email"), program("where severity >= warn")};
  std::atomic<int> acked{0};
  std::vector<std::thread> writers;
  for (int thread = 0; thread < 4; ++thread) {
    writers.emplace_back([&, thread] {
      for (std::size_t i = static_cast<std::size_t>(thread); i < batches.size(); i += 4)
        bench.pipe->write(batches[i], [&](Result<void> r) { acked += r ? 1 : 0; });
    });
  }
  for (int i = 0; i < 50; ++i) (void)bench.pipe->replace(both[i % 2]);
  for (auto& writer : writers) writer.join();
  CHECK(acked == 200);
  CHECK(bench.value(Outcome::kReceived) == 400);
  CHECK(bench.sink->records() == bench.value(Outcome::kSent));
  CHECK(bench.ledger.closes());
}

TEST_CASE("programs that a receiver cannot run are refused, with their place", "[places][pipe]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"where severity >= warn | stats count() by service", "1:26: a receiver runs stages"},
      {"head 3", "one record alone"},
      {"dedup by body", "one record alone"},
      {"tailsample when severity >= error | tailsample when a == 1", "1:37: a receiver has one"},
      {"format \"{body}\"", "one record alone"},
      {"drop signal", "cannot be changed here"},
      {"set signal = \"span\"", "cannot be changed here"},
      {"rename signal as kind_of", "cannot be changed here"},
      {"wher severity", "where"},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    const auto compiled = BatchProgram::compile({text, "", ""});
    REQUIRE_FALSE(compiled);
    CHECK(compiled.error().code == Errc::kInvalidArgument);
    INFO(compiled.error().message);
    CHECK(compiled.error().message.find(expected) != std::string::npos);
  }
  const auto keyless = BatchProgram::compile({"redact email with hash", "", ""});
  REQUIRE_FALSE(keyless);
  CHECK(keyless.error().message.find("--redact-key") != std::string::npos);
}

}  // namespace
}  // namespace obs::places
