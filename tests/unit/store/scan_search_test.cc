// What is searched for page by page is what DuckDB finds by reading everything.

#include "libobs/store/scan_search.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "libobs/store/attribute_pointer.h"
#include "libobs/store/index_tokens.h"
#include "libobs/store/scan.h"
#include "libobs/store/scan_condition.h"
#include "tests/unit/store/hot_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

using model::Signal;

// The first column of an answer.
std::vector<std::string> texts_of(Connection& connection, const std::string& sql) {
  const auto rows = connection.query(sql);
  if (!rows) FAIL(rows.error().message << "\n" << sql);
  std::vector<std::string> texts;
  std::span<const model::Value> row;
  while (*(*rows)->next(row)) {
    texts.emplace_back(row[0].is_string() ? row[0].as_string() : std::string_view());
  }
  return texts;
}

// Where two answers begin to differ; empty: nowhere.
std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.size() != b.size()) return fmt::format("{} rows, not {}", a.size(), b.size());
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
  if (x == a.end()) return {};
  const auto at = std::mismatch(x->begin(), x->end(), y->begin(), y->end()).first - x->begin();
  const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(at - 40, 0));
  return fmt::format("{} is not {}", x->substr(begin, 80), y->substr(begin, 80));
}

bool reads_parquet(Session& session, const std::string& view) {
  std::string plan;
  const auto rows = session.connection().query("EXPLAIN SELECT * FROM " + view);
  REQUIRE(rows);
  std::span<const model::Value> row;
  while (*(*rows)->next(row)) plan += row[1].as_string();
  return plan.find("PARQUET") != std::string::npos;
}

// A store whose parts have other hot attributes each, all flushed.
struct SearchedStore {
  explicit SearchedStore(Signal of) : signal(of) {
    auto writer = open_writer(dir / "data", registry);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      REQUIRE(write_and_wait(*writer, make_hot(signal, seed, seed, 700)));
      REQUIRE(writer->flush());
    }
    REQUIRE(writer->close());
    auto opened = Session::open(system_fs(), dir / "data", {2, "", ""});
    REQUIRE(opened);
    session = std::move(*opened);
    REQUIRE(session->refresh());
    REQUIRE(session->connection().execute(
        fmt::format("CREATE TEMP TABLE everything AS SELECT * FROM {}", model::to_string(signal))));
  }

  // Both ways: as records, and with the attributes beside them.
  std::size_t check(const ScanFilter& filter, const std::string& condition) {
    const std::string view(model::to_string(signal));
    INFO(view << " WHERE " << condition);
    REQUIRE(session->narrow(signal, filter));
    CHECK_FALSE(reads_parquet(*session, view));
    const auto select = [&](const std::string& from) {
      return fmt::format("SELECT t::VARCHAR AS r FROM {} AS t WHERE {} ORDER BY r", from,
                         condition);
    };
    const auto found = texts_of(session->connection(), select(view));
    CHECK(difference(found, texts_of(session->connection(), select("everything"))) == "");

    const std::vector<std::string> keys = keys_of(filter);
    const auto attributes = session->make_attribute_view(signal, keys, keys);
    REQUIRE(attributes);
    std::string list = "seq";
    std::string plain = "seq";
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string pointer = to_sql_string(to_pointer(keys[i]));
      list +=
          fmt::format(", {} AS a{}, {}::VARCHAR AS j{}", attribute_column(i), i, json_column(i), i);
      plain += fmt::format(
          ", json_extract_string(attributes, {0}) AS a{1}, "
          "json_extract(attributes, {0})::VARCHAR AS j{1}",
          pointer, i);
    }
    const auto beside = [&](const std::string& columns, const std::string& from) {
      return texts_of(session->connection(),
                      fmt::format("SELECT x::VARCHAR AS r FROM (SELECT {} FROM {} WHERE {}) AS x "
                                  "ORDER BY r",
                                  columns, from, condition));
    };
    CHECK(difference(beside(list, *attributes), beside(plain, "everything")) == "");
    return found.size();
  }

  const Signal signal;
  TemporaryDir dir;
  Registry registry;
  std::unique_ptr<Session> session;
};

std::string attribute_condition(const AttributeValue& attribute) {
  return fmt::format("json_extract_string(attributes, {}) = {}",
                     to_sql_string(to_pointer(attribute.key)), to_sql_string(attribute.value));
}

}  // namespace

TEST_CASE("records found by their attributes are what they are to DuckDB", "[store][search]") {
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    SearchedStore store(signal);
    std::size_t found = 0;
    for (const std::string& key : hot_keys()) {
      if (key.find('\0') != key.npos) continue;  // SQL has no NUL.
      const auto values = texts_of(
          store.session->connection(),
          fmt::format("SELECT json_extract_string(attributes, {0}) AS v FROM everything WHERE v IS "
                      "NOT NULL GROUP BY v ORDER BY v LIMIT 12",
                      to_sql_string(to_pointer(key))));
      for (const std::string& value : values) {
        if (!is_indexed(value) || value.find('\0') != value.npos) continue;
        ScanFilter filter;
        filter.attributes = {{key, value}};
        found += store.check(filter, attribute_condition(filter.attributes[0]));
      }
    }
    CHECK(found > 500);
  }
}

TEST_CASE("records found by trace, words and service are what they are to DuckDB",
          "[store][search]") {
  for (const Signal signal : {Signal::kLogs, Signal::kSpans}) {
    SearchedStore store(signal);
    const std::string column = signal == Signal::kLogs ? "body" : "name";
    std::size_t found = 0;
    const auto check = [&](const ScanFilter& filter) {
      found += store.check(filter, to_condition(signal, filter));
    };
    for (const std::string& id :
         texts_of(store.session->connection(),
                  "SELECT DISTINCT trace_id FROM everything WHERE trace_id IS NOT NULL "
                  "ORDER BY 1 LIMIT 20")) {
      ScanFilter filter;
      filter.trace_id = id;
      check(filter);
    }
    for (const std::string& text :
         texts_of(store.session->connection(),
                  fmt::format("SELECT DISTINCT {0} FROM everything WHERE {0} IS NOT NULL "
                              "ORDER BY hash({0}) LIMIT 60",
                              column))) {
      if (Phrase(text).words().empty() || text.find('\0') != text.npos) continue;
      ScanFilter filter;
      filter.phrases = {text};
      check(filter);
      if (words_inside(text).empty()) continue;
      filter.phrases.clear();
      filter.substrings = {text};
      check(filter);
    }
    CHECK(found > 50);
  }
}

TEST_CASE("huge bodies are found among others", "[store][search]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  REQUIRE(write_and_wait(*writer, make_logs(3000, "small", kNoon)));
  REQUIRE(write_and_wait(*writer, make_logs(30, std::string(300'000, 'x') + " HÜGE", kNoon + 1)));
  REQUIRE(write_and_wait(*writer, make_logs(3000, "smaller", kNoon + 2)));
  REQUIRE(writer->flush());
  auto session = Session::open(system_fs(), dir / "data", {2, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  for (const auto& [phrase, count] : {std::pair("hüge 17", 1), std::pair("hüge", 30),
                                      std::pair("smaller 2999", 1), std::pair("small 3000", 0)}) {
    LogScan scan;
    scan.filter.phrases = {phrase};
    scan.columns = {"body"};
    const auto rows = scan_logs(**session, scan);
    REQUIRE(rows);
    int found = 0;
    std::span<const model::Value> row;
    while (*(*rows)->next(row)) ++found;
    CHECK(found == count);
  }
}

TEST_CASE("a service is searched for in the minutes in which it has few records",
          "[store][search]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (int i = 0; i < 6; ++i) {
    REQUIRE(write_and_wait(*writer, make_logs(6'000, "often", kNoon + i * kHour)));
    REQUIRE(write_and_wait(*writer, make_logs(7, "seldom", kNoon + i * kHour + 30 * kMinute)));
  }
  REQUIRE(writer->flush());
  auto session = Session::open(system_fs(), dir / "data", {2, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  const auto service = ask((*session)->connection(), "SELECT DISTINCT service FROM logs");
  ScanFilter filter;
  filter.services = {service.substr(1, service.size() - 3)};  // Without quotes and newline.
  const auto count = [&] {
    return ask(
        (*session)->connection(),
        fmt::format("SELECT count(*), count(*) FILTER (body LIKE 'seldom%') FROM logs WHERE "
                    "service = {} AND severity_number >= {} AND {}",
                    to_sql_string(filter.services.front()), filter.least_severity,
                    filter.since ? fmt::format("epoch_ns(time) >= {} AND epoch_ns(time) < {}",
                                               *filter.since, *filter.until)
                                 : "true"));
  };
  REQUIRE((*session)->narrow(Signal::kLogs, filter));
  CHECK(reads_parquet(**session, "logs"));
  CHECK(count() == "36042|42\n");
  filter.since = kNoon + 30 * kMinute + 2 * kMillisecond;
  filter.until = kNoon + 30 * kMinute + 5 * kMillisecond;
  for (const std::int32_t severity : {0, 9}) {
    filter.least_severity = severity;
    REQUIRE((*session)->narrow(Signal::kLogs, filter));
    CHECK_FALSE(reads_parquet(**session, "logs"));
    CHECK(count() == "3|3\n");
    CHECK(ask((*session)->connection(), "SELECT count(*) FROM logs") == "3\n");
  }
  filter.least_severity = 13;
  REQUIRE((*session)->narrow(Signal::kLogs, filter));
  CHECK(count() == "0|0\n");
}

TEST_CASE("what is frequent is not searched for", "[store][search]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(write_and_wait(*writer, make_logs(20'480, "often", kNoon + i * kMinute)));
  }
  REQUIRE(writer->flush());
  auto session = Session::open(system_fs(), dir / "data", {2, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  ScanFilter filter;
  filter.phrases = {"often"};
  REQUIRE((*session)->narrow(Signal::kLogs, filter));
  CHECK(reads_parquet(**session, "logs"));
  filter.phrases = {"often 20000"};
  REQUIRE((*session)->narrow(Signal::kLogs, filter));
  CHECK_FALSE(reads_parquet(**session, "logs"));
  CHECK(ask((*session)->connection(), "SELECT count(*) FROM logs WHERE has(body, 'often 20000')") ==
        "10\n");
}

TEST_CASE("a damaged page ends a search, and the next one does without its part",
          "[store][search][damage]") {
  const TemporaryDir dir;
  Registry registry;
  auto writer = open_writer(dir / "data", registry);
  for (const char* prefix : {"a", "b"}) {
    REQUIRE(write_and_wait(*writer, make_logs(9000, prefix, kNoon)));
    REQUIRE(writer->flush());
  }
  REQUIRE(writer->close());
  const std::string part = list_parts(dir / "data").front();
  const std::string path = dir / "data/" + part;
  std::string bytes = *system_fs().read_file(path);
  {
    auto file = ParquetFile::open(std::shared_ptr<const Mapping>(*system_fs().map(path)));
    REQUIRE(file);
    const auto pages = file->pages_of(0, *file->find_column("body"));
    REQUIRE(pages);
    const auto at = static_cast<std::size_t>(pages->data() - file->bytes().data());
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + pages->size() / 4),
                pages->size() / 2, '\xaa');
  }
  REQUIRE(system_fs().replace_file(path, bytes));
  auto session = Session::open(system_fs(), dir / "data", {2, "", ""});
  REQUIRE(session);
  REQUIRE((*session)->refresh());
  const auto search = [&](const std::string& phrase) {
    LogScan scan;
    scan.filter.phrases = {phrase};
    scan.columns = {"body"};
    const auto rows = scan_logs(**session, scan);
    if (!rows) return rows.error().message;
    std::string found;
    std::span<const model::Value> row;
    for (;;) {
      const auto more = (*rows)->next(row);
      if (!more) return more.error().message;
      if (!*more) return found;
      found += row[0].as_string();
    }
  };
  std::string told;
  for (int i = 0; i < 9000 && told.find("column body") == told.npos; i += 500) {
    told = search(fmt::format("a {}", i));
  }
  INFO(told << " " << part << " " << bytes.size());
  CHECK(told.find("read part ") != std::string::npos);
  CHECK(told.find("column body has a page that cannot be read, before byte ") != std::string::npos);
  const auto named = (*session)->find_damage();
  REQUIRE(named.size() == 1);
  CHECK(named[0].find(part) != std::string::npos);
  REQUIRE((*session)->refresh());
  CHECK(search("a 17") == "");
  CHECK(search("b 17") == "b 17");
}

}  // namespace obs::store
