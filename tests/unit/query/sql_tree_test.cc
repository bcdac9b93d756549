#include <catch2/catch.hpp>

#include "libobs/query/sql_gate.h"
#include "libobs/query/sql_text.h"
#include "libobs/query/sql_tree.h"
#include "tests/unit/query/sql_fixture.h"

namespace obs::query {
namespace {

std::string again(std::string_view json) {
  auto tree = parse_sql_tree(json);
  return tree ? to_json(*tree) : "error: " + to_error(tree.error()).message;
}

// Every node below, itself included.
void collect(SqlNode& node, std::vector<SqlNode*>& nodes) {
  nodes.push_back(&node);
  for (SqlNode& child : node.items()) collect(child, nodes);
}

// A statement with most of what SQL has.
constexpr const char* kRich =
    "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a WHERE x < 3), b AS (SELECT "
    "DISTINCT ON (service) service, seq FROM logs ORDER BY seq DESC LIMIT 5) "
    "SELECT CASE WHEN seq BETWEEN 1 AND 3 THEN 'x' ELSE upper(b.service) END AS c, "
    "sum(seq) FILTER (WHERE seq > 0) OVER (PARTITION BY service ORDER BY seq ROWS 1 PRECEDING), "
    "* EXCLUDE (service), attributes['k'], list_transform([1], lambda v: v + 1), CAST(seq AS "
    "DECIMAL(10, 2)), b.service COLLATE nocase "
    "FROM b JOIN logs USING (service), LATERAL (SELECT 1) l, range(3) r, (VALUES (1, 2)) v(p, q) "
    "WHERE EXISTS (SELECT 1 FROM spans) AND seq IN (1, 2) AND body NOT IN (SELECT body FROM logs) "
    "GROUP BY ALL HAVING count(*) > 0 QUALIFY row_number() OVER () > 0";

}  // namespace

TEST_CASE("a syntax tree is written back as it was read", "[query][sql]") {
  for (const char* json : {"null", "[]", "{}", R"({"a":[1,-2.5e300,true,null],"b":{"c":"d"}})",
                           R"({"lower":18446744073709551615,"query_location":9223372036854775808})",
                           R"(["\"\\/\b\f\n\r\t",""])"}) {
    CAPTURE(json);
    const std::string once = again(json);
    CHECK(again(once) == once);
  }
  CHECK(again(" { \"a\" : [ 1 , 2 ] } ") == R"({"a":[1,2]})");
  CHECK(again(R"("\u0041\u00e9\u20ac\ud83d\ude80")") == "\"Aé€🚀\"");
}

TEST_CASE("what is no syntax tree is an error, wherever it is cut", "[query][sql]") {
  const std::string_view whole = R"({"a":[1,true,"x\u00e9\n"],"b":{"c":null}})";
  REQUIRE(parse_sql_tree(whole));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    CHECK_FALSE(parse_sql_tree(whole.substr(0, cut)));
  }
  for (const char* bad : {"Infinity", "NaN", "1 2", "{1:2}", "[1,]", "{\"a\":1,\"a\":2}", "\"\\x\"",
                          "\"\\ud800\"", "\"\\udc00x\"", "\"\\u12\"", "-", "1e999x", "tru"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_sql_tree(bad));
  }
  const std::string deep = std::string(2000, '[') + std::string(2000, ']');
  auto refused = parse_sql_tree(deep);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kLimitExceeded);
}

TEST_CASE("a kind of node or a member that the gate does not know is refused, wherever it stands",
          "[query][sql]") {
  SqlFixture fixture;
  auto json = fixture.connection->query_text("SELECT json_serialize_sql($1::VARCHAR)", kRich);
  REQUIRE(json);
  const auto passes = [](SqlNode& tree) {
    SqlGate gate(kRich, SqlGate::Stage::kGiven);
    return SqlWalker(kRich, gate).walk(tree.find("statements")->items()[0]).has_value();
  };
  auto original = parse_sql_tree(*json);
  REQUIRE(original);
  REQUIRE(passes(*original));
  std::vector<SqlNode*> nodes;
  collect(*original, nodes);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    // An expression of another class, and one with a member that holds a node.
    if (nodes[i]->find("class") == nullptr) continue;
    for (const char* member : {"class", "surprise"}) {
      SqlNode copy = *original;
      std::vector<SqlNode*> copies;
      collect(copy, copies);
      const bool is_class = std::string_view(member) == "class";
      copies[i]->set(member, is_class ? SqlNode::string("SURPRISE") : SqlNode::object());
      CAPTURE(to_json(*copies[i]).substr(0, 200), member);
      CHECK_FALSE(passes(copy));
      ++changed;
    }
  }
  CHECK(changed > 100);
}

TEST_CASE("a place is a line and a column, counted in characters", "[query][sql]") {
  CHECK(describe_place("SELECT 1", 0) == "line 1, column 1");
  CHECK(describe_place("SELECT 1", 7) == "line 1, column 8");
  CHECK(describe_place("SELECT\n  x", 9) == "line 2, column 3");
  CHECK(describe_place("'é€🚀' x", 12) == "line 1, column 7");
  CHECK(describe_place("x", 99) == "line 1, column 2");
}

TEST_CASE("DuckDB's complaint is told in the user's words and place", "[query][sql]") {
  const auto told = [](std::string_view sql, std::string message) {
    return explain_sql_error(sql, {Errc::kInvalidArgument, std::move(message)}).message;
  };
  CHECK(told("SELECT a,\n foo FROM logs", "Binder Error: Referenced column \"foo\" not found!") ==
        "line 2, column 2: Referenced column \"foo\" not found!");
  CHECK(told("SELECT foobar, foo", "column \"foo\" is odd") ==
        "line 1, column 16: column \"foo\" is odd");
  CHECK(told("SELECT sum(body)",
             "Binder Error: No function matches 'sum(VARCHAR)'. Candidate "
             "functions: sum(DOUBLE) sum(BIGINT)") ==
        "line 1, column 8: No function matches 'sum(VARCHAR)'.");
  CHECK(told("SELECT 1", "Out of sorts") == "Out of sorts");
  CHECK_THAT(told("x", "Binder Error: Cannot compare values of type VARCHAR and type INTEGER"),
             Catch::StartsWith("Cannot compare") && Catch::Contains("cast it"));
  const Error other = explain_sql_error("x", {Errc::kIo, "IO Error: disk"});
  CHECK(other.message == "IO Error: disk");
}

}  // namespace obs::query
