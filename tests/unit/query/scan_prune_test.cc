#include "libobs/query/scan_prune.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/query/reader_fixture.h"

namespace obs::query {
namespace {

// Three parts, an hour apart: each of its own service, with its own word and attribute.
struct Parts {
  Parts() {
    for (int part = 0; part < 3; ++part) {
      std::string lines;
      for (int i = 0; i < 10; ++i) {
        lines += fmt::format(
            R"({{"signal":"log","time":"2026-11-22T1{0}:00:0{1}Z","service":"s{0}","severity":"{2}",)"
            R"("body":"Order w{0} number {1}","trace_id":"{0:032}",)"
            R"("attributes":{{"part":{0},"user.id":"u{0}-{1}"}}}})"
            "\n",
            part, i, part == 1 ? "error" : "info");
      }
      store.write_lines(lines);
      store.flush();
    }
    reader = store.read();
  }

  StoreFixture store;
  std::unique_ptr<Reader> reader;
};

}  // namespace

TEST_CASE("a WHERE reads only the parts that it can be true in", "[query][prune]") {
  struct Case {
    std::string_view where;
    int rows;
    int parts;  // Read; -1: nothing can be looked up.
  };
  const Case cases[] = {
      {"has(body, 'W1')", 10, 1},
      {"has(body, 'order w1 number 7')", 1, 1},
      {"has(body, 'nothing like it')", 0, 0},
      {"contains(body, 'r w2 number')", 10, 1},
      {"contains(body, 'w2')", 10, 3},
      {"attributes['user.id'] = 'u1-3'", 1, 1},
      {"attributes['part'] = '2'", 10, 1},
      {"service = 's0'", 10, 1},
      {"service IN ('s0', 's2')", 20, 2},
      {"'s0' = service AND severity = 'info'", 10, 1},
      {"trace_id = '00000000000000000000000000000002'", 10, 1},
      {"time >= '2026-11-22T12:00:00Z'", 10, 1},
      {"time > TIMESTAMP '2026-11-22 11:30:00' - INTERVAL 1 HOUR AND time < '2026-11-22 11:59:00'",
       10, 1},
      {"time BETWEEN '2026-11-22 11:00:00' AND '2026-11-22 11:30:00'", 10, 1},
      {"service = 's0' AND service = 's1'", 0, 1},
      {"service = 's0' OR has(body, 'w1')", 20, -1},
      {"NOT has(body, 'w1')", 20, -1},
      {"resource['service.name'] = 's1'", 10, 1},
      {"severity = 'error'", 10, -1},
  };
  Parts parts;
  for (const Case& c : cases) {
    INFO(c.where);
    CHECK(parts.store.ask(*parts.reader,
                          fmt::format("SELECT count(*) FROM logs WHERE {}", c.where)) ==
          std::vector<std::string>{std::to_string(c.rows)});
    const std::string begin = c.parts < 0 ? "" : fmt::format("reads {} of 3 parts", c.parts);
    CHECK(parts.reader->explanation().substr(0, begin.size()) == begin);
    if (c.parts < 0) CHECK(parts.reader->explanation().empty());
  }
}

TEST_CASE("a statement of more than one table reads everything", "[query][prune]") {
  Parts parts;
  for (const std::string_view sql :
       {"SELECT count(*) FROM logs AS a, logs AS b WHERE a.service = 's0' AND a.seq = b.seq",
        "SELECT count(*) FROM logs WHERE service = 's0' AND seq IN (SELECT seq FROM logs)",
        "WITH x AS (SELECT * FROM logs WHERE service = 's0') SELECT count(*) FROM x"}) {
    INFO(sql);
    CHECK(parts.store.ask(*parts.reader, std::string(sql)) == std::vector<std::string>{"10"});
    CHECK(parts.reader->explanation().empty());
  }
}

TEST_CASE("what one statement left out is there for the next", "[query][prune]") {
  Parts parts;
  const auto count = [&](const std::string& where) {
    return parts.store.ask(*parts.reader, "SELECT count(*) FROM logs" + where);
  };
  CHECK(count(" WHERE has(body, 'w1')") == std::vector<std::string>{"10"});
  CHECK(count("") == std::vector<std::string>{"30"});
  CHECK(count(" WHERE service = 's2'") == std::vector<std::string>{"10"});
  CHECK(count(" WHERE service = 's1' OR service = 's2'") == std::vector<std::string>{"20"});
}

TEST_CASE("the newest are the newest, with and without a condition", "[query][prune]") {
  Parts parts;
  for (const std::string_view where : {"", "WHERE severity = 'info'", "WHERE has(body, 'order')"}) {
    const auto newest = parts.store.ask(
        *parts.reader, fmt::format("SELECT seq FROM logs {} ORDER BY time DESC LIMIT 12", where));
    const auto all = parts.store.ask(
        *parts.reader,
        fmt::format("SELECT seq FROM (SELECT * FROM logs {}) ORDER BY time DESC", where));
    REQUIRE(newest.size() == 12);
    CHECK(std::equal(newest.begin(), newest.end(), all.begin()));
  }
}

}  // namespace obs::query
