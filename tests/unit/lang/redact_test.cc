#include "libobs/lang/redact.h"

#include <thread>

#include <catch2/catch.hpp>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/lang/parser.h"
#include "libobs/lang/redact_escapes.h"
#include "tests/unit/lang/redact_corpus.h"

namespace lang = obs::lang;

namespace {

lang::Redactor make(std::string_view program, std::string_view key = "a key for tests") {
  auto parsed = lang::parse(program);
  INFO(program);
  REQUIRE(parsed);
  auto redactor = lang::Redactor::make(std::get<lang::RedactStage>(parsed->stages[0].node), key);
  REQUIRE(redactor);
  return std::move(*redactor);
}

std::string redact(const lang::Redactor& redactor, std::string_view line) {
  std::string out;
  lang::RedactCounts counts;
  const bool found = redactor.redact_line(line, out, counts);
  CHECK(found == (counts.total() > 0));
  CHECK(found == (out != line));
  return out;
}

bool is_json(const std::string& text) {
  obs::Arena arena;
  return obs::codec::parse_json(text, arena).has_value();
}

}  // namespace

TEST_CASE("redaction leaves no planted secret, wherever it stands", "[lang][redact]") {
  for (const std::string mode : {"mask", "hash", "drop"}) {
    const auto all = make("redact all with " + mode);
    for (const auto& secret : obs::test::planted_secrets()) {
      const auto own = make("redact " + std::string(secret.detector) + " with " + mode);
      for (const auto& [place, line] : obs::test::plant(secret.text)) {
        INFO(secret.detector << " " << secret.text << " as " << place << "\n" << line);
        for (const auto* redactor : {&all, &own}) {
          const std::string out = redact(*redactor, line);
          INFO(out);
          CHECK(lang::to_meaning(out).find(lang::to_meaning(secret.hidden)) == std::string::npos);
          const bool is_document = (line[0] == '{' || line[0] == '[') && is_json(line);
          if (is_document) CHECK(is_json(out));
          CHECK(lang::find_leak(*redactor, line));
          CHECK_FALSE(lang::find_leak(*redactor, out));
          CHECK(redact(*redactor, out) == out);
        }
      }
    }
  }
}

TEST_CASE("the digits of a double are no card, those of a whole number are", "[lang][redact]") {
  struct Case {
    std::string_view number;
    bool is_card;
  };
  const Case cases[] = {{"0.4111111111111111", false}, {"4111.111111111111", false},
                        {"-4.111111111111111", false}, {"4.111111111111111e2", false},
                        {"4111111111111111", true},    {"4111111111111111.0", true},
                        {"4111111111111111.25", true}, {"4.111111111111111e15", true}};
  const auto all = make("redact all");
  for (const Case& c : cases) {
    const std::string line = R"({"n":[)" + std::string(c.number) + R"(]})";
    INFO(line);
    CHECK(redact(all, line) == (c.is_card ? R"({"n":["[card]"]})" : line));
  }
}

TEST_CASE("redaction leaves ordinary lines byte for byte, but for one in ten thousand",
          "[lang][redact]") {
  const auto all = make("redact all");
  std::size_t touched = 0;
  const auto lines = obs::test::ordinary_lines(70'000, 1);
  for (const std::string& line : lines) {
    const std::string out = redact(all, line);
    if (out != line) WARN(out);
    touched += out != line ? 1 : 0;
  }
  CHECK(touched * 10'000 <= lines.size());
}

TEST_CASE("redaction writes what the mode says", "[lang][redact]") {
  struct Case {
    std::string_view program;
    std::string_view line;
    std::string_view out;
  };
  const Case cases[] = {
      {"redact email", R"({"msg":"to ann@example.com."})", R"({"msg":"to [email]."})"},
      {"redact email with drop", R"({"msg":"to ann@example.com.","n":1})", R"({"msg":null,"n":1})"},
      {"redact email with drop", R"({"a@b.de":"x a@b.de"})", R"({"[email]":null})"},
      {"redact card", R"({"n":4111111111111111})", R"({"n":"[card]"})"},
      {"redact card", R"({"n":4.111111111111111e15,"m":4111111111111111.0})",
       R"({"n":"[card]","m":"[card]"})"},
      {"redact card with drop", R"([1,4111111111111111])", R"([1,null])"},
      {"redact ssn", R"({"user.ssn":123456789,"ssn":"123456789"})",
       R"({"user.ssn":"[ssn]","ssn":"[ssn]"})"},
      {"redact phone", R"({"phone_number":2125550123})", R"({"phone_number":"[phone]"})"},
      {"redact secret", R"({"password":"a b","db_password":5,"token":true,"pwd":null})",
       R"({"password":"[secret]","db_password":"[secret]","token":true,"pwd":null})"},
      {"redact secret", R"({"credentials":{"user":"ann","list":["x",["y"]]},"z":"x"})",
       R"({"credentials":{"user":"[secret]","list":["[secret]",["[secret]"]]},"z":"x"})"},
      {"redact secret", R"([{"key":"password","value":{"stringValue":"x"}},{"value":"y"}])",
       R"([{"key":"password","value":{"stringValue":"[secret]"}},{"value":"y"}])"},
      {"redact email", R"({"b":{"$bytes":"YW5uQGV4YW1wbGUuY29t"}})",
       R"({"b":{"$bytes":"W2VtYWlsXQ=="}})"},
      {"redact regex \"[0-9]+ apples\"", R"({"msg":"5 apples, 6 apples\n"})",
       R"({"msg":"[pattern], [pattern]\n"})"},
      {"redact email in body", R"({"msg":"a@b.de","user":"a@b.de"})",
       R"({"msg":"[email]","user":"a@b.de"})"},
      {"redact email in attributes.user", R"({"body":"a@b.de","attributes":{"user":"a@b.de"}})",
       R"({"body":"a@b.de","attributes":{"user":"[email]"}})"},
      {"redact email except user.contact", R"({"user":{"contact":["a@b.de"],"x":"a@b.de"}})",
       R"({"user":{"contact":["a@b.de"],"x":"[email]"}})"},
      {"redact email except user.contact",
       R"({"signal":"log","attributes":{"user.contact":"a@b.de"},"body":"a@b.de"})",
       R"({"signal":"log","attributes":{"user.contact":"a@b.de"},"body":"[email]"})"},
      {"redact email except resource.owner",
       R"({"resource":{"owner":"a@b.de"},"attributes":{"owner":"a@b.de"}})",
       R"({"resource":{"owner":"a@b.de"},"attributes":{"owner":"[email]"}})"},
      {"redact email with drop", "to ann@example.com", ""},
      {"redact email", "to ann@example.com", "to [email]"},
      {"redact email", "", ""},
  };
  for (const Case& c : cases) {
    INFO(c.program << " of " << c.line);
    CHECK(redact(make(c.program), c.line) == c.out);
  }
}

TEST_CASE("a mask keeps the last characters, half of a secret at most", "[lang][redact]") {
  lang::RedactStage stage;
  stage.detectors = {"all"};
  stage.keep_last = 4;
  const auto redactor = lang::Redactor::make(stage, {});
  REQUIRE(redactor);
  CHECK(redact(*redactor, R"({"card":"4111 1111 1111 1111"})") == R"({"card":"***1111"})");
  CHECK(redact(*redactor, R"({"password":"abcdefg"})") == R"({"password":"***"})");
  CHECK(redact(*redactor, R"({"password":"abcdefgh"})") == R"({"password":"***efgh"})");
  CHECK(redact(*redactor, R"({"password":"abcdef\"h"})") == R"({"password":"***"})");
  CHECK(redact(*redactor, R"({"password":"abcd\u0065fgh"})") == R"({"password":"***efgh"})");
}

TEST_CASE("a hash is the same for the same secret however it is spelled, and needs its key",
          "[lang][redact]") {
  const auto redactor = make("redact email with hash", "one");
  const std::string plain = redact(redactor, R"({"m":"ann@example.com"})");
  CHECK(redact(redactor, R"({"m":"ann\u0040example.com"})") == plain);
  CHECK(redact(redactor, "ann@example.com") == plain.substr(6, plain.size() - 8));
  CHECK(plain.size() == std::string_view(R"({"m":"[email:]"})").size() + 32);
  CHECK(redact(redactor, R"({"m":"bob@example.com"})") != plain);
  CHECK(redact(make("redact email with hash", "two"), R"({"m":"ann@example.com"})") != plain);

  lang::RedactStage stage;
  stage.mode = lang::RedactMode::kHash;
  CHECK(lang::Redactor::make(stage, "").error().code == obs::Errc::kInvalidArgument);
}

TEST_CASE("redaction gives the same answer on every thread", "[lang][redact]") {
  const auto redactor = make("redact all with hash");
  std::vector<std::string> lines;
  for (const auto& secret : obs::test::planted_secrets()) {
    for (const auto& planted : obs::test::plant(secret.text)) lines.push_back(planted.line);
  }
  std::array<std::string, 4> outs;
  std::array<lang::RedactCounts, 4> counts;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outs.size(); ++i) {
    threads.emplace_back([&, i] {
      for (const std::string& line : lines) redactor.redact_line(line, outs[i], counts[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 1; i < outs.size(); ++i) {
    CHECK(outs[i] == outs[0]);
    CHECK(counts[i].found == counts[0].found);
  }
}

TEST_CASE("what cannot be looked through is taken out whole", "[lang][redact]") {
  const auto redactor = make("redact email");
  // Each layer takes one \u005c off the front and leaves the next.
  std::string deep = "\\u005c";
  for (int i = 0; i < 40; ++i) deep += "u005c";
  CHECK(redact(redactor, "{\"m\":\"" + deep + "\"}") == R"({"m":"[escapes]"})");
  CHECK(redact(redactor, R"({"path":"C:\\\\server\\share\\x"})") ==
        R"({"path":"C:\\\\server\\share\\x"})");
}

TEST_CASE("redaction ends on hostile lines, in time that grows with their length",
          "[lang][redact]") {
  const auto redactor = make("redact all");
  constexpr std::size_t kSize = 400'000;
  const auto repeat = [](std::string_view text) {
    std::string out;
    while (out.size() < kSize) out += text;
    return out;
  };
  for (const std::string_view text : {"@",
                                      "%40",
                                      "a@",
                                      "a@b.",
                                      "1",
                                      "1.",
                                      "1 ",
                                      "1:",
                                      ":",
                                      "::",
                                      "+1",
                                      "+",
                                      "=",
                                      "pwd=",
                                      "pwd=\"",
                                      "authorization:",
                                      "authorization: a ",
                                      "basic ",
                                      "bearer x",
                                      "eyJ",
                                      "eyJ.",
                                      "eyJ.a",
                                      "-----BEGIN ",
                                      "-----BEGIN PRIVATE KEY",
                                      "ghp_",
                                      "xoxb-",
                                      "://",
                                      "://a:b@",
                                      "\\",
                                      "\\u005c",
                                      "\\\\",
                                      "{",
                                      "[",
                                      "{\"a\":",
                                      "\"",
                                      "[[1],",
                                      "AKIA",
                                      "123-45-6789",
                                      "\xff",
                                      "a.b@1."}) {
    std::string out;
    lang::RedactCounts counts;
    INFO(text);
    redactor.redact_line(repeat(text), out, counts);
    std::string quoted = "{\"m\":\"" + repeat(text) + "\"}";
    redactor.redact_line(quoted, out, counts);
    CHECK_FALSE(out.empty());
  }
}

TEST_CASE("escapes are mapped back to whole escapes", "[lang][redact]") {
  const std::string_view text = R"(a\u0040b\n\ud83d\ude00\x41\q)";
  std::string meaning;
  lang::unescape_forgivingly(text, meaning);
  CHECK(meaning ==
        "a@b\n\xf0\x9f\x98\x80"
        "A\\q");
  std::vector<lang::Extent> extents = {{1, 2}, {5, 6}, {8, 9}};
  lang::map_to_escaped(text, extents);
  CHECK(text.substr(extents[0].begin, extents[0].end - extents[0].begin) == R"(\u0040)");
  CHECK(text.substr(extents[1].begin, extents[1].end - extents[1].begin) == R"(\ud83d\ude00)");
  CHECK(text.substr(extents[2].begin, extents[2].end - extents[2].begin) == R"(\x41)");
}
