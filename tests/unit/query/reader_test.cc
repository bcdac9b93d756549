#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "libobs/query/assertion.h"
#include "libobs/query/follow.h"
#include "libobs/query/record_windows.h"
#include "libobs/query/services.h"
#include "libobs/query/trace_query.h"
#include "tests/unit/query/reader_fixture.h"
#include "tests/unit/query/row_text.h"

namespace obs::query {
namespace {

using Lines = std::vector<std::string>;

std::string log_line(int second, std::string_view service, std::string_view severity,
                     std::string_view body, std::string_view project = "default") {
  return fmt::format(R"({{"signal":"log","time":"2026-11-22T10:15:{:02}Z","service":"{}",)"
                     R"("severity":"{}","body":"{}","project":"{}"}})"
                     "\n",
                     second, service, severity, body, project);
}

std::string span_line(std::string_view trace, int id, int parent, std::string_view status) {
  return fmt::format(
      R"({{"signal":"span","time":"2026-11-22T10:15:{:02}Z","duration_ns":{},"service":"shop",)"
      R"("name":"op{}","status":"{}","trace_id":"{:0>32}","span_id":"{:016x}",)"
      R"("parent_span_id":"{:016x}"}})"
      "\n",
      id, id * 1000, id, status, trace, id, parent);
}

// The bodies that a filter finds, in its order.
Lines bodies(Reader& reader, const RecordFilter& filter, RecordOrder order = RecordOrder::kTime) {
  const std::string records =
      select_records(model::Signal::kLogs, filter, RecordColumns::kShown, order, reader.project());
  auto rows = reader.run("SELECT body FROM (" + records + ")", {});
  if (!rows) return {"error: " + rows.error().message};
  return read_rows(**rows);
}

// The answer of select_violation() as text; "holds" when there is none.
std::string judge(Reader& reader, const std::string& sql, const std::string& assertion) {
  auto answer = reader.compile(sql);
  REQUIRE(answer);
  auto expression = reader.compile_condition(assertion);
  if (!expression) return "error: " + expression.error().message;
  auto rows = reader.run(select_violation(*answer, *expression), assertion);
  if (!rows) return "error: " + rows.error().message;
  const Lines lines = read_rows(**rows);
  return lines.empty() ? "holds" : lines[0];
}

}  // namespace

TEST_CASE("a reader opens a store only, and leaves anything else as it was", "[query][reader]") {
  TemporaryDir temporary;
  const auto refusal = [](const std::string& dir) {
    auto reader = Reader::open(system_fs(), system_clock(), {dir, "default", 0, {}});
    REQUIRE_FALSE(reader);
    CHECK(reader.error().code == Errc::kIo);
    return reader.error().message;
  };
  CHECK_THAT(refusal(temporary / "missing"), Catch::Contains("there is no store at "));
  CHECK_FALSE(std::filesystem::exists(temporary / "missing"));
  std::filesystem::create_directory(temporary / "foreign");
  std::ofstream(temporary / "foreign/notes.txt") << "mine";
  CHECK_THAT(refusal(temporary / "foreign"), Catch::Contains("foreign"));
  std::ofstream(temporary / "file") << "text";
  CHECK_THAT(refusal(temporary / "file"), Catch::Contains("file"));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::recursive_directory_iterator(temporary.path())) {
    ++files;
  }
  CHECK(files == 3);
}

TEST_CASE("a reader shows one project's records, acknowledged or at rest", "[query][reader]") {
  StoreFixture fixture;
  fixture.write_lines(log_line(1, "a", "info", "mine") + log_line(2, "a", "info", "other", "p2"));
  fixture.flush();
  fixture.write_lines(log_line(3, "a", "info", "fresh"));
  auto reader = fixture.read();
  CHECK(fixture.ask(*reader, "SELECT body FROM logs ORDER BY time") == Lines{"mine", "fresh"});
  CHECK(fixture.ask(*fixture.read(0, "p2"), "SELECT body FROM logs") == Lines{"other"});
  CHECK(bodies(*reader, {}) == Lines{"mine", "fresh"});
}

TEST_CASE("a statement cannot write, even if the gate would let it through", "[query][reader]") {
  StoreFixture fixture;
  fixture.write_lines(log_line(1, "a", "info", "x"));
  auto reader = fixture.read();
  CHECK_FALSE(reader->run("COPY (SELECT 1) TO '/tmp/obs-never-written.csv'", {}));
  CHECK_FALSE(reader->run("SELECT * FROM read_text('/etc/passwd')", {}));
  CHECK_FALSE(reader->run("SET threads = 1", {}));
}

TEST_CASE("a filter finds by time, service, severity and condition", "[query][reader]") {
  StoreFixture fixture;
  fixture.write_lines(log_line(4, "cart", "error", "four") + log_line(1, "cart", "info", "one") +
                      log_line(2, "pay", "warn", "two") + log_line(3, "pay", "fatal", "three"));
  fixture.write_lines(R"({"time":"2026-11-22T10:15:05Z","level":"error","msg":"five"})");
  auto reader = fixture.read();
  const auto found = [&](auto change) {
    RecordFilter filter;
    change(filter);
    return bodies(*reader, filter);
  };
  CHECK(found([](RecordFilter&) {}) == Lines{"one", "two", "three", "four", "five"});
  CHECK(found([](RecordFilter& f) { f.services = {"cart"}; }) == Lines{"one", "four"});
  CHECK(found([](RecordFilter& f) { f.services = {"no", "'; DROP"}; }).empty());
  CHECK(found([](RecordFilter& f) { f.least_severity = 13; }) ==
        Lines{"two", "three", "four", "five"});
  CHECK(found([](RecordFilter& f) { f.least_severity = 21; }) == Lines{"three"});
  CHECK(found([](RecordFilter& f) { f.newest = 2; }) == Lines{"four", "five"});
  CHECK(found([](RecordFilter& f) {
          f.since = parse_rfc3339("2026-11-22T10:15:02Z");
          f.until = parse_rfc3339("2026-11-22T10:15:04Z");
        }) == Lines{"two", "three"});
  CHECK(found([&](RecordFilter& f) {
          auto condition = reader->compile_condition("body LIKE 't%'");
          REQUIRE(condition);
          f.condition = condition->sql;
        }) == Lines{"two", "three"});
}

TEST_CASE("following gives each record once, in order of arrival", "[query][reader]") {
  StoreFixture fixture;
  fixture.write_lines(log_line(9, "a", "info", "before"));
  auto reader = fixture.read();
  Follower follower(*reader, model::Signal::kLogs, {}, RecordColumns::kShown, reader->last_seq());
  const auto poll = [&] {
    // The sink sees whole rows; the sixth column is the body.
    struct Bodies final : RowSink {
      Result<void> add(std::span<const model::Value> row) override {
        seen.emplace_back(row[5].as_string());
        return {};
      }
      Lines seen;
    } sink;
    auto count = follower.poll(sink);
    REQUIRE(count);
    CHECK(*count == sink.seen.size());
    return sink.seen;
  };
  CHECK(poll().empty());
  fixture.write_lines(log_line(5, "a", "info", "first"));
  fixture.write_lines(log_line(1, "a", "info", "second, of an earlier time"));
  CHECK(poll() == Lines{"first", "second, of an earlier time"});
  CHECK(poll().empty());
  fixture.flush();
  CHECK(poll().empty());
  fixture.write_lines(log_line(2, "a", "info", "third"));
  fixture.flush();
  fixture.write_lines(log_line(2, "a", "info", "fourth"));
  CHECK(poll() == Lines{"third", "fourth"});
  // A batch of another signal moves the cursor and shows nothing.
  fixture.write_lines(span_line("1", 1, 0, "ok"));
  CHECK(poll().empty());
  fixture.write_lines(log_line(2, "a", "info", "fifth"));
  CHECK(poll() == Lines{"fifth"});
}

TEST_CASE("a large answer comes in windows that hold each record once, in order",
          "[query][reader]") {
  StoreFixture fixture;
  std::string lines;
  // Ten of each second, none in order.
  for (int i = 0; i < 600; ++i) lines += log_line(i * 7 % 60, "a", "info", std::to_string(i));
  fixture.write_lines(lines);
  auto reader = fixture.read();
  auto windows = cut_into_windows(*reader, model::Signal::kLogs, {}, 100);
  REQUIRE(windows);
  CHECK(windows->size() >= 5);
  Lines pieces;
  for (const RecordFilter& window : *windows) {
    for (std::string& body : bodies(*reader, window)) pieces.push_back(std::move(body));
  }
  CHECK(pieces == bodies(*reader, {}));
  CHECK(cut_into_windows(*reader, model::Signal::kLogs, {}, 600)->size() == 1);
  RecordFilter newest;
  newest.newest = 500;
  CHECK(cut_into_windows(*reader, model::Signal::kLogs, newest, 100)->size() == 1);
}

TEST_CASE("an assertion holds for every row or names the first for which it does not",
          "[query][assert]") {
  StoreFixture fixture;
  auto reader = fixture.read();
  const std::string three = "SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) t(n, s)";
  CHECK(judge(*reader, three, "n > 0") == "holds");
  CHECK(judge(*reader, three, "n < 2") == "2|∅|2|3");
  CHECK(judge(*reader, three, "s <> 'x'") == "2|∅|2|3");
  CHECK(judge(*reader, three, "n == 1 or s is null") == "3|c|3|3");
  CHECK(judge(*reader, three, "rows == 3") == "holds");
  CHECK(judge(*reader, three, "rows == 2") == "1|a|1|3");
  CHECK(judge(*reader, three, "rows == 3 and n <= rows") == "holds");
  CHECK_THAT(judge(*reader, three, "nope > 1"),
             Catch::Contains("error: line 1, column 1: ") && Catch::Contains("\"nope\" not found"));
  CHECK_THAT(judge(*reader, three, "true) OR (true"), Catch::Contains("syntax error"));
  CHECK_THAT(judge(*reader, three, "getenv('X') = ''"), Catch::Contains("not allowed"));
}

TEST_CASE("zero rows never pass an assertion by accident", "[query][assert]") {
  StoreFixture fixture;
  auto reader = fixture.read();
  const std::string none = "SELECT n FROM (SELECT 1 AS n) WHERE false";
  for (const char* accident : {"true", "n is null", "coalesce(n, 0) == 0", "1 == 1", "not (n > 5)",
                               "n < 200", "(select count(*) from logs) == 0"}) {
    CAPTURE(accident);
    CHECK(judge(*reader, none, accident) == "∅|∅|0");
  }
  CHECK(judge(*reader, none, "rows == 0") == "holds");
  CHECK(judge(*reader, none, "ROWS = 0") == "holds");
  CHECK(judge(*reader, none, "rows > 0") == "∅|∅|0");
  CHECK(judge(*reader, none, "rows == 0 or n < 200") == "holds");
}

TEST_CASE("a trace is found by how its id begins, if only one does", "[query][trace]") {
  StoreFixture fixture;
  fixture.write_lines(span_line("abcd1000000000000000000000000000", 1, 0, "ok") +
                      span_line("abcd1000000000000000000000000000", 2, 1, "error") +
                      span_line("abcd2000000000000000000000000000", 3, 0, "ok") +
                      span_line("ef010000000000000000000000000000", 4, 0, "ok"));
  auto reader = fixture.read();
  const auto find = [&](const char* prefix) {
    auto id = find_trace_id(*reader, prefix);
    return id ? *id : id.error().message;
  };
  CHECK(find("abcd1") == "abcd1000000000000000000000000000");
  CHECK(find("ABCD1000000000000000000000000000") == "abcd1000000000000000000000000000");
  CHECK(find("ef01") == "ef010000000000000000000000000000");
  CHECK(find("abcd") ==
        "several traces begin with abcd: abcd1000000000000000000000000000 and "
        "abcd2000000000000000000000000000");
  CHECK(find("9999") == "no span of a trace 9999");
  CHECK_THAT(find("abc"), Catch::Contains("4 to 32 hex digits"));
  CHECK_THAT(find("' OR true --"), Catch::Contains("is no trace id"));
  auto spans = fetch_trace(*reader, "abcd1000000000000000000000000000");
  REQUIRE(spans);
  const TraceTree tree = build_trace_tree(*spans);
  REQUIRE(tree.nodes.size() == 2);
  CHECK(tree.nodes[0].span.name == "op1");
  CHECK(tree.nodes[1].span.is_error);
  CHECK(tree.nodes[1].span.duration == 2000);
}

TEST_CASE("services are told of from all three signals, the nameless one last",
          "[query][services]") {
  StoreFixture fixture;
  fixture.write_lines(
      log_line(1, "shop", "error", "x") + log_line(2, "cart", "warn", "y") +
      span_line("aa", 3, 0, "error") + span_line("aa", 5, 3, "ok") +
      R"({"signal":"metric","time":"2026-11-22T10:15:09Z","name":"up","type":"gauge","value":1})");
  auto reader = fixture.read();
  auto rows =
      reader->run("SELECT * EXCLUDE (last_seen) FROM (" + select_services({}, {}) + ")", {});
  REQUIRE(rows);
  CHECK(read_rows(**rows) ==
        Lines{"cart|0|0|∅|∅|1|1|0|0", "shop|2|1|3158|5312|1|0|1|0", "∅|0|0|∅|∅|0|0|0|1"});
}

TEST_CASE("a query that takes too long is stopped and says so", "[query][reader]") {
  StoreFixture fixture;
  auto reader = fixture.read(50 * kMillisecond);
  const Lines answer = fixture.ask(
      *reader,
      "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range = b.range + 1 "
      "OR hash(a.range) = hash(b.range)");
  REQUIRE(answer.size() == 1);
  CHECK_THAT(answer[0], Catch::Contains("stopped after 50ms"));
  CHECK(fixture.ask(*reader, "SELECT 1") == Lines{"1"});
}

TEST_CASE("an interrupt from another thread stops the query", "[query][reader]") {
  StoreFixture fixture;
  auto reader = fixture.read();
  std::atomic<bool> done = false;
  std::thread impatient([&] {
    while (!done) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      reader->interrupt();
    }
  });
  const Lines answer =
      fixture.ask(*reader,
                  "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range) = "
                  "hash(b.range) + 1 OR a.range > b.range");
  done = true;
  impatient.join();
  REQUIRE(answer.size() == 1);
  CHECK_THAT(answer[0], Catch::Contains("interrupted"));
}

}  // namespace obs::query
