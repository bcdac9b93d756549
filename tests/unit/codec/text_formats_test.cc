// CSV, logfmt and whole documents of JSON.

#include <catch2/catch.hpp>

#include "libobs/codec/csv.h"
#include "libobs/codec/json_documents.h"
#include "libobs/codec/logfmt.h"

namespace codec = obs::codec;

namespace {

// Records by " / ", fields by "|"; "!" where it fails.
std::string csv(std::string_view text) {
  std::string out;
  std::vector<std::string> fields;
  while (true) {
    const auto more = codec::next_csv_record(text, fields);
    if (!more) return out + "!";
    if (!*more) return out;
    if (!out.empty()) out += " / ";
    for (std::size_t i = 0; i < fields.size(); ++i) out += (i == 0 ? "" : "|") + fields[i];
  }
}

std::string logfmt(std::string_view line) {
  std::string out;
  return codec::append_logfmt_object(out, line) ? out : "text" + out;
}

}  // namespace

TEST_CASE("CSV is read as RFC 4180 has it", "[codec][csv]") {
  struct Case {
    std::string_view text;
    std::string_view records;
  };
  const Case cases[] = {
      {"a,b\r\n1,2\r\n", "a|b / 1|2"},
      {"a,b\n1,2", "a|b / 1|2"},
      {"\"a,\"\"b\",c", "a,\"b|c"},
      {"\"x\ny\",z\n", "x\ny|z"},
      {",\n", "|"},
      {"\n\r\na\n\n", "a"},
      {"\"\",\"\"", "|"},
      {"\"open", "!"},
      {"\"a\"b,c", "!"},
      {"a\"b,c", "a\"b|c"},
      {"\"a\"\r\nb", "a / b"},
      {"\"a\"\r", "a"},
      {"", ""},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(csv(c.text) == c.records);
  }
}

TEST_CASE("CSV survives being written and read", "[codec][csv]") {
  for (const std::string field : {"", "a", "a,b", "\"", "x\ny", " a ", "\r", "\xc3\xa9"}) {
    std::string out = "first,";
    codec::append_csv_field(out, field);
    std::string_view text = out;
    std::vector<std::string> fields;
    REQUIRE(codec::next_csv_record(text, fields).value());
    CHECK(fields == std::vector<std::string>{"first", field});
  }
}

TEST_CASE("a CSV record is an object of what its header names", "[codec][csv]") {
  std::string out;
  codec::append_csv_object(out, {"n", "s", "empty", "b"}, {"1.5", "007", "", "true", "more \"x\""});
  CHECK(out == R"({"n":1.5,"s":"007","b":true,"column5":"more \"x\""})");
}

TEST_CASE("logfmt is read as its loggers write it", "[codec][logfmt]") {
  struct Case {
    std::string_view line;
    std::string_view object;
  };
  const Case cases[] = {
      {"level=info msg=\"a \\\"b\\\"\\n\" n=1 f=1.5e3",
       R"({"level":"info","msg":"a \"b\"\n","n":1,"f":1.5e3})"},
      {"a= b=x=y debug c=\"1\"", R"({"a":"","b":"x=y","debug":true,"c":"1"})"},
      {"ok=true id=007 big=123456789012345678901234567890123",
       R"({"ok":true,"id":"007","big":"123456789012345678901234567890123"})"},
      {"x=\"open", R"({"x":"open"})"},
      {R"(x="\u00e9\ud83d\ude00 \\u00e9 \u12")", R"({"x":"é😀 \\u00e9 u12"})"},
      {"just some words", "text"},
      {"", "text"},
      {"a=\xff", "{\"a\":\"\xef\xbf\xbd\"}"},
  };
  for (const Case& c : cases) {
    INFO(c.line);
    CHECK(logfmt(c.line) == c.object);
  }
  std::string line;
  codec::append_logfmt_pair(line, "a b", "x y");
  codec::append_logfmt_pair(line, "c", "");
  codec::append_logfmt_pair(line, "d", "\"\n\\\x1b");
  CHECK(line == R"(a_b="x y" c="" d="\"\n\\\u001b")");
  CHECK(logfmt(line) == R"({"a_b":"x y","c":"","d":"\"\n\\\u001b"})");
}

TEST_CASE("JSON is checked to the letter", "[codec][json]") {
  const std::string deep(50'000, '[');
  for (const std::string& text : std::vector<std::string>{
           "1", "-0", "1e5", "1.5E-3", " [1 , {\"a\" : []}] \n", "\"\\u0000\\ud800\"", "null", "{}",
           "{\"a\":1,\"a\":2}", "123456789012345678901234567890", "\"\x7f\xc3\xa9\"",
           deep + std::string(50'000, ']')}) {
    INFO(text.substr(0, 60));
    CHECK(codec::check_json(text));
  }
  for (const std::string& text : std::vector<std::string>{"",
                                                          " ",
                                                          "[1,]",
                                                          "[,1]",
                                                          "{\"a\":1,}",
                                                          "{a:1}",
                                                          "{\"a\" 1}",
                                                          "[1 2]",
                                                          "01",
                                                          "1.",
                                                          ".5",
                                                          "+1",
                                                          "1e",
                                                          "-",
                                                          "nul",
                                                          "nulll",
                                                          "truE",
                                                          "\"\n\"",
                                                          "\"\\x41\"",
                                                          "\"\\u12\"",
                                                          "\"open",
                                                          "\"\xff\"",
                                                          "[1]]",
                                                          "[",
                                                          "{",
                                                          "{\"a\"",
                                                          "'a'",
                                                          "NaN",
                                                          "\xef\xbb\xbf{}",
                                                          "[\"a\",\n4\n,1,",
                                                          "1 2",
                                                          "/**/1",
                                                          "\x01",
                                                          deep}) {
    INFO(text.substr(0, 60));
    CHECK_FALSE(codec::check_json(text));
  }
  const std::string deeper(codec::kMaxJsonDepth + 1, '[');
  CHECK(codec::check_json(deeper).error().code == obs::Errc::kLimitExceeded);
}

TEST_CASE("documents and items are cut where they end", "[codec][json]") {
  std::string_view text = " {\"a\":\"}\\\"\"}{\"b\":[1]}\n[1,2] 7 \"x\"";
  std::string out;
  while (true) {
    const auto document = codec::next_json_document(text);
    REQUIRE(document);
    if (!*document) break;
    out += std::string(**document) + ";";
  }
  CHECK(out == "{\"a\":\"}\\\"\"};{\"b\":[1]};[1,2];7;\"x\";");

  std::string_view inside = " 1 , {\"a\":[2]},\"]\" ]";
  out.clear();
  while (true) {
    const auto item = codec::next_json_item(inside);
    REQUIRE(item);
    if (!*item) break;
    out += std::string(**item) + ";";
  }
  CHECK(out == "1;{\"a\":[2]};\"]\";");
  for (std::string_view bad : {"1 2]", "1,]", ",1]", "1", "\"a]", "{]"}) {
    INFO(bad);
    bool failed = false;
    for (int i = 0; i < 4 && !failed; ++i) failed = !codec::next_json_item(bad);
    CHECK(failed);
  }
}
