#include "libobs/scrape/relabel.h"

#include <catch2/catch.hpp>

#include "libobs/scrape/md5.h"

namespace obs::scrape {
namespace {

using enum RelabelAction;

RelabelStep step(RelabelAction action, std::vector<std::string> sources, const char* regex,
                 const char* target = "", const char* replacement = "$1") {
  RelabelStep made;
  made.action = action;
  made.source_labels = std::move(sources);
  auto compiled = compile_relabel_regex(regex);
  REQUIRE(compiled);
  made.regex = *compiled;
  made.target_label = target;
  made.replacement = replacement;
  return made;
}

std::string show(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "" : ",") + name + "=" + value;
  return text;
}

std::string hex(std::string_view text) {
  std::string out;
  for (const std::uint8_t byte : md5(text)) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace

TEST_CASE("each relabeling action does what Prometheus' does", "[scrape][relabel]") {
  const Labels before = {{"a", "foo"}, {"b", "bar"}, {"c", "baz"}};
  RelabelStep hashmod = step(kHashMod, {"c"}, "(.*)", "d");
  hashmod.modulus = 1000;
  struct Case {
    RelabelStep first;
    const char* after;  // Null: dropped.
  };
  const std::vector<Case> cases = {
      {step(kReplace, {"a"}, "f(.*)", "d", "ch${1}-ch${1}"), "a=foo,b=bar,c=baz,d=choo-choo"},
      {step(kReplace, {"a", "b"}, "f(.*);(.*)r", "a", "b${1}${2}m"), "a=boobam,b=bar,c=baz"},
      {step(kReplace, {"a"}, "no match", "d", "x"), "a=foo,b=bar,c=baz"},
      {step(kReplace, {"a"}, "fo", "d", "anchored"), "a=foo,b=bar,c=baz"},
      {step(kReplace, {"a"}, "foo", "a", ""), "b=bar,c=baz"},
      {step(kReplace, {}, "(.*)", "d", "set$$"), "a=foo,b=bar,c=baz,d=set$"},
      {step(kReplace, {"a"}, "(?P<x>f).*", "d", "$x"), "a=foo,b=bar,c=baz,d=f"},
      {step(kReplace, {"a"}, "(f)(o).*", "${2}_$1", "z"), "a=foo,b=bar,c=baz,o_f=z"},
      {step(kReplace, {"a"}, "(f).*", "d", "${1"), "a=foo,b=bar,c=baz,d=${1"},
      {step(kKeep, {"a"}, "f.*"), "a=foo,b=bar,c=baz"},
      {step(kKeep, {"missing"}, "f.*"), nullptr},
      {step(kDrop, {"a"}, ".*o.*"), nullptr},
      {step(kDrop, {"a"}, "f"), "a=foo,b=bar,c=baz"},
      {step(kKeepEqual, {"a"}, "(.*)", "b"), nullptr},
      {step(kDropEqual, {"a"}, "(.*)", "b"), "a=foo,b=bar,c=baz"},
      {step(kLabelMap, {}, "(b.*)", "", "bar_${1}"), "a=foo,b=bar,bar_b=bar,c=baz"},
      {step(kLabelDrop, {}, "(b.*)"), "a=foo,c=baz"},
      {step(kLabelKeep, {}, "(b.*)"), "b=bar"},
      {step(kUppercase, {"a"}, "(.*)", "d"), "a=foo,b=bar,c=baz,d=FOO"},
      {hashmod, "a=foo,b=bar,c=baz,d=976"},
  };
  for (const Case& c : cases) {
    Labels labels = before;
    const bool kept = relabel({c.first}, labels);
    CHECK(kept == (c.after != nullptr));
    if (c.after != nullptr) CHECK(show(labels) == c.after);
  }
}

TEST_CASE("steps run in order, until one drops", "[scrape][relabel]") {
  Labels labels = {{"a", "foo"}};
  CHECK_FALSE(relabel({step(kReplace, {"a"}, "(.*)", "b"), step(kDrop, {"b"}, "foo"),
                       step(kReplace, {"a"}, "(.*)", "never")},
                      labels));
  CHECK(show(labels) == "a=foo,b=foo");
}

TEST_CASE("a step that lacks what its action needs is refused", "[scrape][relabel]") {
  CHECK_FALSE(check_step(step(kReplace, {"a"}, "(.*)")).empty());
  CHECK_FALSE(check_step(step(kHashMod, {"a"}, "(.*)", "b")).empty());
  CHECK(check_step(step(kDrop, {"a"}, "x")).empty());
  CHECK_FALSE(compile_relabel_regex("("));
  CHECK_FALSE(parse_relabel_action("erase"));
}

TEST_CASE("MD5 is MD5", "[scrape][relabel]") {
  CHECK(hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(hex(std::string(64, 'a')) == "014842d480b571495a4a0363793f7367");
}

}  // namespace obs::scrape
