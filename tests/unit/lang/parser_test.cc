#include "libobs/lang/parser.h"

#include <catch2/catch.hpp>

#include "libobs/lang/fields.h"

namespace lang = obs::lang;

namespace {

// What `render` says of a wrong program, first line only: position and message.
std::string complaint(std::string_view program) {
  auto parsed = lang::parse(program);
  if (parsed) return "";
  const std::string text = render(parsed.error(), program);
  return text.substr(0, text.find('\n'));
}

std::string show(const lang::Expr& expr);

std::string show_all(const std::vector<lang::ExprPtr>& operands) {
  std::string out;
  for (const auto& operand : operands) out += " " + show(*operand);
  return out;
}

// The tree as nested lists: "(and (== service cart) ...)".
std::string show(const lang::Expr& expr) {
  if (const auto* literal = std::get_if<lang::Literal>(&expr.node)) {
    return literal->kind == lang::LiteralKind::kString ? "'" + literal->text + "'" : literal->text;
  }
  if (const auto* field = std::get_if<lang::FieldRef>(&expr.node)) return to_string(*field);
  if (const auto* call = std::get_if<lang::Call>(&expr.node)) {
    return "(call" + show_all(call->arguments) + ")";
  }
  const auto& operation = std::get<lang::Operation>(expr.node);
  return "(" + std::string(to_string(operation.op)) + show_all(operation.operands) + ")";
}

std::string show_condition(std::string_view text) {
  auto condition = lang::parse_condition(text);
  return condition ? show(**condition) : "! " + condition.error().message;
}

}  // namespace

TEST_CASE("operators bind as people expect", "[lang][parser]") {
  struct Case {
    std::string_view text;
    std::string_view tree;
  };
  const Case cases[] = {
      {"a == 1 or b == 2 and c == 3", "(or (== a 1) (and (== b 2) (== c 3)))"},
      {"not a == 1 and b", "(and (not (== a 1)) b)"},
      {"a + b * 2 - -c", "(- (+ a (* b 2)) (- c))"},
      {"(a or b) and c", "(and (or a b) c)"},
      {"a not in (1, 2)", "(not in a 1 2)"},
      {"service in (\"a\", \"b\")", "(in service 'a' 'b')"},
      {"level >= error", "(>= severity error)"},
      {"severity in (warn, error)", "(in severity warn error)"},
      {"error <= severity", "(<= error severity)"},
      {"severity == \"ERROR\"", "(== severity error)"},
      {"status == error and kind != server", "(and (== status 'error') (!= kind 'server'))"},
      {"duration > 250ms", "(> duration 250ms)"},
      {"size > 20KiB", "(> size 20KiB)"},
      {"exists user.id", "(exists user.id)"},
      {"body =~ \"a.*b\"", "(=~ body 'a.*b')"},
      {"msg has 'x'", "(has body 'x')"},
      {"attributes.level == 1", "(== attributes.level 1)"},
      {"`odd-name` == true", "(== `odd-name` true)"},
      {"lower(service) == 'a'", "(== (call service) 'a')"},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(show_condition(c.text) == c.tree);
  }
}

TEST_CASE("a wrong program is refused with its place and a suggestion", "[lang][parser]") {
  struct Case {
    std::string_view program;
    std::string_view complaint;
  };
  const Case cases[] = {
      {"wehre a == 1", "1:1: there is no stage \"wehre\"; did you mean \"where\"?"},
      {"where uppr(a) == 'B'", "1:7: there is no function \"uppr\"; did you mean \"upper\"?"},
      {"where a = 1", "1:9: `=` sets; to compare, write `==`"},
      {"where lower() == 'a'", "1:7: lower is called as lower(text)"},
      {"where (a == 1", "1:14: expected `)` after the expression, found the end of the program"},
      {"where a ==", "1:11: expected a value, found the end of the program"},
      {"where a == 1 b", "1:14: expected `|` and the next stage, found `b`"},
      {"where severity == erorr",
       "1:19: \"erorr\" is no severity: trace, debug, info, warn, error, fatal"},
      {"where a > 5parsec",
       "1:11: 5parsec has no unit of time (ns us ms s m h d w) or size (B KB KiB MB MiB GB GiB)"},
      {"logs\n| stats cuont() by a",
       "2:9: there is no aggregate \"cuont\"; did you mean \"count\"?"},
      {"stats p95 by a", "1:11: expected `(` and what to take the p95 of, found `by`"},
      {"stats quantile(x, 2)", "1:19: expected a quantile from 0 to 1, found 2"},
      {"lgs | head 1", "1:1: there is no stage \"lgs\"; did you mean \"logs\"?"},
      {"stats count() as n, sum(x) as n",
       "1:21: there is a column \"n\" already; give one another name with `as`"},
      {"stats count() by a, b as a",
       "1:21: there is a column \"a\" already; give one another name with `as`"},
      {"redact emial", "1:8: there is no detector \"emial\"; did you mean \"email\"?"},
      {"tailsample when a == 1 limit 25%, when b == 1 wait 5s",
       "1:30: a limit in per cent is a share of `total N/s`, which is missing"},
      {"tailsample when a == 1, b == 1", "1:25: expected `when` and a condition, found `b`"},
      {"sample 10", "1:8: expected a share such as 10%, found 10"},
      {"parse pattern \"no hole\"", "1:15: a pattern has at least one hole such as <user>"},
      {"format \"{a\"", "1:8: a `{` in the template is never closed; write `{{` for a brace"},
      {"head 1.5", "1:6: expected a number of records, found 1.5"},
      {"", "1:1: expected a stage such as `where`, found the end of the program"},
  };
  for (const Case& c : cases) {
    INFO(c.program);
    CHECK(complaint(c.program) == c.complaint);
  }
}

TEST_CASE("habits of other tools are told what to write instead", "[lang][parser]") {
  struct Case {
    std::string_view program;
    std::string_view complaint;
  };
  const Case cases[] = {
      {"where a == 1 && b", "1:14: nothing starts with '&'; write `and`"},
      {"where a == 1 || b",
       "1:15: expected a stage such as `where`, found `|`; write `or` for a choice, a stage behind "
       "each bar"},
      {"where !a", "1:7: nothing starts with '!'; write `not`"},
      {"where a !=~ 'x'", "1:9: nothing starts with '!'; write `!~`"},
      {"where a <> 1", "1:9: there is no `<>`; write `!=`"},
      {"where a === 1", "1:9: there is no `===`; write `==`"},
      {"where a like '%x%'",
       "1:9: expected `|` and the next stage, found `like`; write `contains \"text\"` or `=~ "
       "\"regex\"`"},
      {"where a == 1 AND b == 2",
       "1:14: expected `|` and the next stage, found `AND`; write `and`"},
      {"where a not contains 'x'",
       "1:9: expected `|` and the next stage, found `not`; write `not F contains \"text\"`"},
      {"where (a is null)",
       "1:10: expected `)` after the expression, found `is`; write `exists F` or `F == null`"},
      {"where contains(a, 'x')",
       "1:7: there is no function \"contains\"; write `a contains \"text\"`"},
      {"where length(a) > 1", "1:7: there is no function \"length\"; write `len(value)`"},
      {"where a[-1] == 1",
       "1:8: nothing starts with '['; write a number from 0 on: items are counted from the first"},
      {".a", "1:1: nothing starts with '.'; write the name of a field without a dot before it"},
      {"logs where a", "1:1: \"logs\" takes records out of a mixed stream; write `logs | ...`"},
      {"zzzzzz",
       "1:1: there is no stage \"zzzzzz\"; there are "
       "where, parse, set, rename, keep, drop, unroll, "
       "redact, sample, tailsample, dedup, throttle, stats, sort, head, tail, top, patterns, "
       "format, route, tee"},
      {"join a", "1:1: \"join\" is a word of a later version"},
      {"where 'x' in tags",
       "1:14: expected `(` after `in`, found `tags`; an item of an array is asked for with `has`: "
       "F "
       "has \"word\""},
      {"keep a b", "1:8: expected `|` and the next stage, found `b`; write a comma between fields"},
      {"sort -a -b",
       "1:9: expected `|` and the next stage, found `-`; write a comma between fields"},
      {"top a 5", "1:7: expected `|` and the next stage, found 5; write `top 5 F`"},
      {"head -5", "1:6: expected `|` and the next stage, found `-`; write `head 10`"},
      {"dedup host", "1:7: expected `|` and the next stage, found `host`; write `dedup by F`"},
      {"parse json msg",
       "1:12: expected `|` and the next stage, found `msg`; write `from F` for the field to parse"},
      {"stats count() n",
       "1:15: expected `|` and the next stage, found `n`; write `as` before the name of a column, "
       "a "
       "comma between fields"},
      {"where a, b", "1:8: expected `|` and the next stage, found `,`; write `and` or `or`"},
      {"where a == None", "1:12: there is no value \"None\"; write `null`"},
      {"where a == “x”", "1:12: nothing starts with '“'; write straight quotes: \"text\""},
      {"where a ≥ 1", "1:9: nothing starts with '≥'; write `>=`"},
      {"where a.contains('x')",
       "1:7: there is no function \"a.contains\"; write `a contains \"text\"`"},
      {"where time > ago(1h)",
       "1:14: there is no function \"ago\"; write a distance beside a time, as in `time > -1h`"},
      {"level == 'error'", "1:1: there is no stage \"level\"; a condition stands behind `where`"},
      {"'error'", "1:1: a text is no stage; write `where body contains \"text\"`"},
      {"select a",
       "1:1: there is no stage \"select\"; write `keep F, ...` for fields, `where EXPR` for "
       "records"},
      {"SELECT a",
       "1:1: there is no stage \"SELECT\"; write `keep F, ...` for fields, `where EXPR` for "
       "records"},
      {"filter a == 1", "1:1: there is no stage \"filter\"; write `where EXPR`"},
      {"stats count() group by a",
       "1:15: expected `|` and the next stage, found `group`; write `by`"},
      {"stats count() by a order by count",
       "1:20: expected `|` and the next stage, found `order`; write `| sort F`"},
      {"stats count(ms)",
       "1:13: count() takes no field; write `count(where exists F)` for the records that have it, "
       "`uniq(F)` for its different values"},
      {"stats cnt()", "1:7: there is no aggregate \"cnt\"; write `count()`"},
      {"stats zzzzzz(a)",
       "1:7: there is no aggregate \"zzzzzz\"; there are p50, p95, p99, count, sum, avg, min, max, "
       "uniq, rate, first, last, values, quantile, approx_quantile"},
      {"parse regex \"(?<a>x)\"",
       "1:13: regular expression '(?<a>x)': invalid perl operator: (?<; write `(?P<name>...)`"},
      {"where a =~ \"x(?!y)\"",
       "1:12: regular expression 'x(?!y)': invalid perl operator: (?!; write `and not F =~ ...` "
       "beside it, as there is no look-ahead"},
      {"stats by a", "1:7: there is no aggregate \"by\"; write `stats count() by F`"},
      {"count() by a", "1:1: there is no stage \"count\"; write `stats count() by F`"},
      {"sort by a", "1:6: the field stands right behind `sort`: no `by`"},
      {"sort a desc", "1:8: expected `|` and the next stage, found `desc`; write `sort -F`"},
      {"where a == 1 head 5",
       "1:14: expected `|` and the next stage, found `head`; write `| head`"},
  };
  for (const Case& c : cases) {
    INFO(c.program);
    CHECK(complaint(c.program) == c.complaint);
  }
}

TEST_CASE("constants that no record could make right are refused", "[lang][parser]") {
  CHECK(complaint("where cidr_match(ip, '300.0.0.0/8')") ==
        "1:22: \"300.0.0.0/8\" is no network such as 10.0.0.0/8 or 2001:db8::/32");
  CHECK(complaint("where cidr_match(ip, '10.0.0.0/8', '10.0.0.0/33')").starts_with("1:36: "));
  CHECK(complaint("set a = extract(b, '(')").starts_with("1:20: "));
  CHECK(complaint("where cidr_match(ip, '::/0', '10.0.0.1', net)").empty());
}

TEST_CASE("parentheses may stand around what exists", "[lang][parser]") {
  CHECK(show_condition("exists(a) and not exists (b.c)") == "(and (exists a) (not (exists b.c)))");
}

TEST_CASE("a caret shows where a program is wrong", "[lang][parser]") {
  constexpr std::string_view kProgram = "where a == 1\n| wehre größe > 2 | head";
  CHECK(render(lang::parse(kProgram).error(), kProgram, "x.obs") ==
        "x.obs:2:3: there is no stage \"wehre\"; did you mean \"where\"?\n"
        "  | wehre größe > 2 | head\n"
        "    ^~~~~");
}

TEST_CASE("every stage of the language parses", "[lang][parser]") {
  const std::string_view programs[] = {
      "logs | where severity >= error and service in (\"checkout\", \"cart\")",
      "spans",
      "parse json",
      "parse logfmt from body into kv",
      "parse clf",
      "parse syslog",
      "parse regex \"(?P<id>\\d+)\" from msg",
      "parse pattern \"order <order> declined: <reason>\"",
      "set a = 1, b.c = lower(d)",
      "rename a as b, c as d",
      "keep a, b",
      "drop `x-y`",
      "unroll items",
      "redact email,card",
      "redact email, regex \"x+\" in body, user.name with hash",
      "redact all except body with mask keep 4",
      "redact ip with drop",
      "sample 10% by trace_id",
      "sample 0.5%",
      "tailsample when status == error limit 100/s wait 10s else 5%",
      "tailsample when status == error with service == \"cart\" limit 100/s, when x > 1 limit 6/m",
      "tailsample when a == 1 limit 25%, when b == 1 or c == 1 limit 50%, when d == 1 total 20/s",
      "dedup by service, body within 10s",
      "dedup",
      "throttle 100/s by service",
      "stats count() as n, uniq(user.id), p99.9(duration) by reason, http.route every 1m",
      "stats count(where status == error) as errors, approx_p95(x), quantile(x, 0.25), rate()",
      "sort -n, a | head 10 | tail | top 5 route",
      "patterns",
      "patterns of name",
      "format \"{service}: {body} {{literal}}\"",
      "route severity >= error to \"file:x\"",
      "tee \"-\"",
      "let slow = duration > 1s; let bad = slow or status == error; spans | where bad",
      "where a == 1 # a comment\n| head 1",
  };
  for (std::string_view program : programs) {
    INFO(program);
    CHECK(complaint(program) == "");
  }
}

TEST_CASE("hostile programs end in a message, not in a deep stack", "[lang][parser]") {
  CHECK_FALSE(lang::parse("where " + std::string(100'000, '(')));
  CHECK_FALSE(lang::parse("where " + std::string(100'000, '-') + "1"));
  std::string chain = "let a0 = 1 + 1;";
  for (int i = 1; i < 40; ++i) {
    chain += "let a" + std::to_string(i) + " = a" + std::to_string(i - 1) + " + a" +
             std::to_string(i - 1) + ";";
  }
  CHECK_FALSE(lang::parse(chain + "where a39 > 1"));
  CHECK_FALSE(lang::parse(std::string(lang::kMaxProgramBytes + 1, ' ')));
}
