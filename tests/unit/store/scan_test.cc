#include "libobs/store/scan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Signal;

constexpr std::string_view kWords[] = {"alpha",    "Beta",  "gamma", "timeout",
                                       "DECLINED", "order", "x"};
constexpr std::string_view kServices[] = {"cart", "checkout", "web", ""};

// Logs of three services and none, a second apart from `start`, with words, attributes and traces
// that come again. Number n is in the body as "n<number>", once in all.
model::BatchPtr make_varied_logs(std::size_t count, std::uint64_t seed, Timestamp start) {
  std::mt19937_64 random(seed);
  auto batch = std::make_shared<model::Batch>();
  Arena& arena = *batch->arena;
  const auto text = [&](std::string_view value) { return model::Value::string(arena.copy(value)); };
  for (std::uint32_t i = 0; i < 4; ++i) {
    std::vector<model::KeyValue> attributes = {{"host.name", text(fmt::format("h{}", i))}};
    if (i < 3) attributes.push_back({"service.name", text(kServices[i])});
    model::Resource resource;
    resource.attributes = arena.copy_array(std::span<const model::KeyValue>(attributes));
    resource.service = model::find_service(resource.attributes);
    batch->resources.push_back(resource);
    batch->scopes.emplace_back().resource = i;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::string body = fmt::format("n{}", seed * 1'000'000 + i);
    for (std::uint64_t word = random() % 4; word > 0; --word) {
      body += fmt::format("{}{}", random() % 2 ? " " : "-", kWords[random() % std::size(kWords)]);
    }
    std::vector<model::KeyValue> attributes = {
        {"user", text(fmt::format("u{}", random() % 1000))},
        {"code", model::Value::integer(static_cast<std::int64_t>(random() % 50))},
        {"ok", model::Value::boolean(random() % 2 == 0)}};
    if (random() % 100 == 0)
      attributes.push_back({"rare", text(fmt::format("r{}", random() % 20))});
    model::LogColumns& logs = batch->logs;
    logs.time.push_back(start + static_cast<Timestamp>(i) * kSecond / 20 +
                        static_cast<Timestamp>(random() % 1000) * kMillisecond);
    logs.time_source.push_back(model::TimeSource::kSender);
    logs.observed_time.push_back(start);
    logs.scope.push_back(static_cast<std::uint32_t>(random() % 4));
    logs.severity_number.push_back(static_cast<std::int32_t>(random() % 26));
    logs.severity_text.push_back(random() % 3 == 0 ? "error" : "");
    logs.body.push_back(text(body));
    logs.event_name.emplace_back();
    logs.attributes.push_back(arena.copy_array(std::span<const model::KeyValue>(attributes)));
    logs.dropped_attributes_count.push_back(0);
    logs.flags.push_back(0);
    model::TraceId trace;
    trace.bytes[0] = std::byte{1};
    trace.bytes[15] = static_cast<std::byte>(random() % 200);
    logs.trace_id.push_back(trace);
    logs.span_id.emplace_back();
  }
  batch->received = start;
  model::assign_id(*batch);
  return batch;
}

// Parts of several row groups, of few rows, and rows that are still in the WAL.
struct VariedStore {
  VariedStore() : writer(open_writer(dir / "data", registry)) {
    std::uint64_t seed = 1;
    for (const std::size_t rows : {50'000, 500, 22'000}) {
      REQUIRE(write_and_wait(*writer, make_varied_logs(rows, seed, start_of(seed))));
      ++seed;
      REQUIRE(writer->flush());
    }
    REQUIRE(write_and_wait(*writer, make_varied_logs(700, seed, start_of(seed))));
    auto opened = Session::open(system_fs(), dir / "data", {2, "", ""});
    REQUIRE(opened);
    session = std::move(*opened);
    REQUIRE(session->refresh());
  }

  // Overlapping a little.
  static Timestamp start_of(std::uint64_t seed) {
    return kNoon + static_cast<Timestamp>(seed) * 30 * kMinute;
  }

  TemporaryDir dir;
  Registry registry;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Session> session;
};

ScanFilter make_filter(std::mt19937_64& random) {
  const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
  ScanFilter filter;
  const auto time = [&] {
    return kNoon + static_cast<Timestamp>(random() % (170 * 60'000)) * kMillisecond;
  };
  if (one_in(3)) filter.since = time();
  if (one_in(3)) filter.until = time();
  if (one_in(3)) filter.services.emplace_back(kServices[random() % 3]);
  if (one_in(9)) filter.services.emplace_back("nobody");
  if (one_in(4)) filter.least_severity = static_cast<std::int32_t>(random() % 25);
  if (one_in(5)) filter.trace_id = fmt::format("01{:028}{:02x}", 0, random() % 210);
  if (one_in(4)) filter.phrases.emplace_back(kWords[random() % std::size(kWords)]);
  if (one_in(5)) filter.phrases.push_back(fmt::format("n{}", 1'000'000 + random() % 60'000));
  if (one_in(6)) filter.phrases.push_back("order timeout");
  if (one_in(6)) filter.substrings.push_back("Beta-gamma-o");
  if (one_in(4)) filter.attributes.push_back({"rare", fmt::format("r{}", random() % 25)});
  if (one_in(6)) filter.attributes.push_back({"code", std::to_string(random() % 60)});
  if (one_in(6)) filter.attributes.push_back({"ok", one_in(2) ? "true" : "1.5"});
  if (one_in(8)) filter.resource.push_back({"host.name", fmt::format("h{}", random() % 5)});
  return filter;
}

// Written once more, over the view that has everything.
std::string plain_condition(const ScanFilter& filter) {
  std::string all = "true";
  if (filter.since) all += fmt::format(" AND epoch_ns(time) >= {}", *filter.since);
  if (filter.until) all += fmt::format(" AND epoch_ns(time) < {}", *filter.until);
  if (!filter.services.empty()) {
    all += " AND (false";
    for (const auto& service : filter.services) all += " OR service = " + to_sql_string(service);
    all += ")";
  }
  if (filter.least_severity > 0) {
    std::string names = "''";
    for (int i = filter.least_severity; i <= 24; ++i) {
      names += fmt::format(", '{}'", model::severity_name(i));
    }
    all += fmt::format(
        " AND CASE WHEN severity_number IS NULL THEN coalesce(severity IN ({}), false) "
        "ELSE severity_number >= {} END",
        names, filter.least_severity);
  }
  if (!filter.trace_id.empty()) all += " AND trace_id = " + to_sql_string(filter.trace_id);
  for (const auto& phrase : filter.phrases) {
    std::string pattern = "(?i)\\b";
    for (const char c : phrase) pattern += c == ' ' ? std::string("\\W+") : std::string(1, c);
    all += " AND regexp_matches(body, " + to_sql_string(pattern + "\\b") + ")";
  }
  for (const auto& text : filter.substrings)
    all += " AND contains(body, " + to_sql_string(text) + ")";
  for (const auto& [key, value] : filter.attributes) {
    all += fmt::format(" AND json_extract_string(attributes, '/{}') = '{}'", key, value);
  }
  for (const auto& [key, value] : filter.resource) {
    all += fmt::format(" AND json_extract_string(resource, '/{}') = '{}'", key, value);
  }
  return all;
}

std::vector<std::int64_t> numbers_of(Result<std::unique_ptr<RowStream>> rows) {
  if (!rows) FAIL(rows.error().message);
  std::vector<std::int64_t> numbers;
  std::span<const model::Value> row;
  for (;;) {
    auto more = (*rows)->next(row);
    if (!more) FAIL(more.error().message);
    if (!*more) return numbers;
    numbers.push_back(row[0].as_int());
  }
}

// All rows, read once through the views that read every row group.
class Everything {
 public:
  explicit Everything(Session& session) : session_(session) {
    const auto made = session.connection().execute(
        "CREATE OR REPLACE TEMP TABLE everything AS SELECT * FROM logs");
    if (!made) FAIL(made.error().message);
  }
  std::vector<std::int64_t> find(const ScanFilter& filter, std::string_view rest) {
    return numbers_of(session_.connection().query(fmt::format(
        "SELECT seq::BIGINT FROM everything WHERE {} {}", plain_condition(filter), rest)));
  }

 private:
  Session& session_;
};

void check_scans(Session& session, std::uint64_t seed, int rounds) {
  Everything everything(session);
  std::mt19937_64 random(seed);
  std::size_t found = 0;
  for (int round = 0; round < rounds; ++round) {
    const ScanFilter filter = make_filter(random);
    INFO("round " << round << ": " << plain_condition(filter));
    LogScan scan;
    scan.filter = filter;
    scan.columns = {"seq"};
    scan.order = ScanOrder::kArrival;
    const auto all = numbers_of(scan_logs(session, scan));
    CHECK(all == everything.find(filter, "ORDER BY seq"));
    found += !all.empty();

    scan.order = ScanOrder::kNewestFirst;
    scan.limit = 1 + random() % 30;
    CHECK(
        numbers_of(scan_logs(session, scan)) ==
        everything.find(filter, fmt::format("ORDER BY time DESC, seq DESC LIMIT {}", scan.limit)));
  }
  CHECK(found > static_cast<std::size_t>(rounds) / 4);
}

}  // namespace

TEST_CASE("a scan finds what looking at every row finds", "[store][scan]") {
  VariedStore store;
  check_scans(*store.session, 1, 60);
}

TEST_CASE("a scan finds the same after a merge", "[store][scan]") {
  VariedStore store;
  REQUIRE(store.writer->close());
  WriterOptions options = manual_options();
  options.merge_parts = 2;
  store.writer = open_writer(store.dir / "data", store.registry, options);
  wait_until([&] {
    REQUIRE(store.session->refresh());
    return ask(store.session->connection(), "SELECT max(block) FROM logs") == "3\n";
  });
  check_scans(*store.session, 2, 30);
}

TEST_CASE("a scan finds the same with indexes damaged and missing", "[store][scan]") {
  VariedStore store;
  std::vector<std::filesystem::path> indexes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.dir / "data/logs")) {
    if (entry.path().extension() == ".idx") indexes.push_back(entry.path());
  }
  REQUIRE(indexes.size() == 3);
  std::filesystem::remove(indexes[0]);
  {
    // In place: pins are links of the same file.
    std::fstream file(indexes[1], std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(indexes[1])) - 50);
    file.write("damage damage damage", 20);
  }
  auto session = Session::open(system_fs(), store.dir / "data", {2, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  check_scans(**session, 3, 30);
  ScanFilter filter;
  filter.phrases = {"nowhere_to_be_found"};
  const auto explanation = (*session)->narrow(Signal::kLogs, filter);
  REQUIRE(explanation);
  CHECK(explanation->without_index == 1);
  CHECK(explanation->groups_read <= 1);
}

TEST_CASE("a rare word is looked for where it is", "[store][scan]") {
  VariedStore store;
  LogScan scan;
  scan.filter.phrases = {"N1049999"};
  scan.columns = {"body"};
  ScanExplanation explanation;
  const auto rows = scan_logs(*store.session, scan, &explanation);
  REQUIRE(rows);
  CHECK(explanation.parts == 3);
  CHECK(explanation.parts_read == 1);
  CHECK(explanation.groups_read == 1);
  CHECK(explanation.without_index == 0);
  CHECK(explanation.to_text() ==
        "reads 1 of 3 parts, 1 of 6 row groups there; left out 2 parts by index");
}

TEST_CASE("parts without the service are left out by their counts", "[store][scan]") {
  VariedStore store;
  ScanFilter filter;
  filter.services = {"nobody"};
  const auto explanation = store.session->narrow(Signal::kLogs, filter);
  REQUIRE(explanation);
  CHECK(explanation->parts_by_counts == 3);
  CHECK(explanation->parts_read == 0);
}

TEST_CASE("after a narrow view another refresh has everything", "[store][scan]") {
  VariedStore store;
  ScanFilter filter;
  filter.services = {"nobody"};
  REQUIRE(store.session->narrow(Signal::kLogs, filter));
  CHECK(ask(store.session->connection(), "SELECT count(*) FROM logs") == "700\n");
  REQUIRE(store.session->narrow(Signal::kLogs, {}));
  CHECK(ask(store.session->connection(), "SELECT count(*) FROM logs") == "73200\n");
  REQUIRE(store.session->narrow(Signal::kLogs, filter));
  REQUIRE(store.session->refresh());
  CHECK(ask(store.session->connection(), "SELECT count(*) FROM logs") == "73200\n");
}

TEST_CASE("counts of logs are what counting rows gives", "[store][scan]") {
  VariedStore store;
  Session& session = *store.session;
  Everything everything(session);
  std::mt19937_64 random(4);
  for (int round = 0; round < 60; ++round) {
    ScanFilter filter = make_filter(random);
    if (random() % 3 == 0) filter.since = kNoon + static_cast<Timestamp>(random() % 100) * kMinute;
    filter.trace_id.clear();
    filter.phrases.clear();
    filter.substrings.clear();
    filter.attributes.clear();
    filter.resource.clear();
    INFO("round " << round << ": " << plain_condition(filter));
    const auto counts = session.count_logs(filter);
    if (!counts) FAIL(counts.error().message);
    std::string text;
    for (const LogCountGroup& group : *counts) {
      for (const LogMinute& minute : group.minutes) {
        text += fmt::format("{}|{}|{}|{}\n", group.service ? "\"" + *group.service + "\"" : "null",
                            group.severity.empty() ? "null" : "\"" + group.severity + "\"",
                            minute.minute, minute.count);
      }
    }
    const std::string plain = fmt::format(
        "SELECT * FROM (SELECT service, severity, epoch_ns(time) // 60000000000 * 60000000000 AS "
        "m, "
        "count(*) FROM everything WHERE {} GROUP BY ALL) ORDER BY service NULLS FIRST, "
        "list_position(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], severity) NULLS "
        "FIRST, m",
        plain_condition(filter));
    CHECK(text == ask(session.connection(), plain));
  }
}

}  // namespace obs::store
