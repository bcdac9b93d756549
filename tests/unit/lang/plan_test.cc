// What a compiled program says of itself.

#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "libobs/lang/engine.h"
#include "libobs/lang/parser.h"

TEST_CASE("the plan says what is prefiltered and what is read", "[lang][engine]") {
  auto program = obs::lang::parse(R"(where service == "cart" and n > 1 | stats count() by level)");
  REQUIRE(program);
  auto plan = obs::lang::compile(std::move(*program), {});
  REQUIRE(plan);
  CHECK(plan->explain() ==
        "prefilter  only lines that contain \"cart\", or an escape that could hide it\n"
        "reads      service, n, severity\n"
        "parallel   where service == \"cart\" and n > 1\n"
        "gathered   stats count() by level\n");
  CHECK(plan->makes_rows());
}

TEST_CASE("the plan lists the policies of tailsample with their numbers", "[lang][engine]") {
  auto program = obs::lang::parse(
      "tailsample when a == 1 or b == 1 limit 25%, when c == 1 with d == 1, when e == 1 limit 6/m "
      "total 20/s wait 5s else 0.5%");
  REQUIRE(program);
  const auto plan = obs::lang::compile(std::move(*program), {});
  REQUIRE(plan);
  const std::string text = plan->explain();
  CHECK(text.substr(text.find("  policy")) ==
        "  policy 1  a == 1, limit 5/s shared\n"
        "  policy 2  b == 1, limit 5/s shared\n"
        "  policy 3  c == 1 with d == 1\n"
        "  policy 4  e == 1, limit 0.1/s\n"
        "  total     20/s\n"
        "  else      0.5%\n");
}

TEST_CASE("tailsample takes 64 conditions at most", "[lang][engine]") {
  std::string program = "tailsample when n == 0";
  for (int i = 1; i < 64; ++i) program += " or n == " + std::to_string(i);
  CHECK(obs::lang::parse(program));
  CHECK_FALSE(obs::lang::parse(program + ", when m == 1"));
  CHECK_FALSE(obs::lang::parse(program + " with m == 1 with m == 2 with m == 3, when " +
                               program.substr(16)));
}
