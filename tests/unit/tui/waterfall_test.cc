#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/tui/waterfall.h"

namespace obs::tui {
namespace {

using query::TraceSpan;

// 2026-11-22T10:15:30.123Z.
constexpr Timestamp kStart = 1'795'342'530'123'000'000;

TraceSpan span(std::string id, std::string parent, std::string service, std::string name,
               Duration start_ms, Duration duration_ms, std::string error = {}) {
  TraceSpan span;
  span.start = kStart + start_ms * kMillisecond;
  span.duration = duration_ms * kMillisecond;
  span.service = std::move(service);
  span.name = std::move(name);
  span.span_id = std::move(id);
  span.parent_span_id = std::move(parent);
  span.is_error = !error.empty();
  span.status_message = std::move(error);
  return span;
}

std::vector<TraceSpan> shop() {
  return {
      span("1", "", "web", "GET /checkout", 0, 245),
      span("2", "1", "cart", "GetCart", 5, 40),
      span("3", "2", "redis", "HGETALL", 10, 30),
      span("4", "1", "checkout", "PlaceOrder", 50, 180),
      span("5", "4", "payment", "Charge", 60, 120, "card declined: insufficient funds"),
      span("6", "5", "bank", "POST /authorize", 65, 110, "402"),
      span("7", "4", "shipping", "Quote", 62, 30),
      span("8", "4", "email", "SendConfirmation with a name that is too long for its column", 190,
           35),
      span("9", "gone", "fraud", "score", 70, 20),
  };
}

std::string draw(std::vector<TraceSpan> spans, WaterfallOptions options) {
  return draw_waterfall("4bf92f3577b34da6a3ce929d0e0e4736",
                        query::build_trace_tree(std::move(spans)), options);
}

std::size_t widest_line(const std::string& drawn) {
  std::size_t width = 0;
  for (std::string_view line : split(drawn, '\n')) width = std::max(width, display_width(line));
  return width;
}

}  // namespace

TEST_CASE("a trace is drawn 80 columns wide", "[tui][trace]") {
  CHECK(draw(shop(), {80, false}) == R"(trace 4bf92f3577b34da6a3ce929d0e0e4736
2026-11-22 10:15:30.123  9 spans  9 services  2 errors  245ms

                                 0                                245ms
web GET /checkout                █░░░░░██░░░░░░░░░░░░░░░░░░░░░░░░░░░███    245ms
├─ cart GetCart                  ██░░░░█                                    40ms
│  └─ redis HGETALL               ██████                                    30ms
└─ checkout PlaceOrder                  ███░░░░░░░░░░░░░░░░░███░░░░██      180ms
   ├─ ✗ payment Charge                    ██░░░░░░░░░░░░░░░░█              120ms
   │  └─ ✗ bank POST /authorize            ██████████████████              110ms
   ├─ shipping Quote                      ░░░░░░                            30ms
   └─ email SendConfirmation wi…                              ██████        35ms
? fraud score                              ░░░░                             20ms

█ critical path  ░ off it  ✗ error  ? parent missing
   110ms  45%  bank POST /authorize
    35ms  14%  email SendConfirmation with a name that is too long for its colu…
    30ms  12%  redis HGETALL
    25ms  10%  checkout PlaceOrder
    25ms  10%  web GET /checkout
✗ payment Charge: card declined: insufficient funds
✗ bank POST /authorize: 402
)");
}

TEST_CASE("a trace is drawn 120 columns wide", "[tui][trace]") {
  CHECK(draw(shop(), {120, false}) == R"(trace 4bf92f3577b34da6a3ce929d0e0e4736
2026-11-22 10:15:30.123  9 spans  9 services  2 errors  245ms

                                                 0              61.2ms          122ms          184ms      245ms
web GET /checkout                                ██░░░░░░░░░██░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░████    245ms
├─ cart GetCart                                   ██░░░░░░░██                                                       40ms
│  └─ redis HGETALL                                █████████                                                        30ms
└─ checkout PlaceOrder                                       ████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░████░░░░░░░███       180ms
   ├─ ✗ payment Charge                                          ██░░░░░░░░░░░░░░░░░░░░░░░░░░░██                    120ms
   │  └─ ✗ bank POST /authorize                                  █████████████████████████████                     110ms
   ├─ shipping Quote                                            ░░░░░░░░░                                           30ms
   └─ email SendConfirmation with a name that i…                                                 █████████          35ms
? fraud score                                                     ░░░░░░                                            20ms

█ critical path  ░ off it  ✗ error  ? parent missing
   110ms  45%  bank POST /authorize
    35ms  14%  email SendConfirmation with a name that is too long for its column
    30ms  12%  redis HGETALL
    25ms  10%  checkout PlaceOrder
    25ms  10%  web GET /checkout
✗ payment Charge: card declined: insufficient funds
✗ bank POST /authorize: 402
)");
}

TEST_CASE("a trace is drawn in colour", "[tui][trace]") {
  const std::string drawn =
      draw({span("1", "", "web", "GET /", 0, 10), span("2", "1", "db", "SELECT", 2, 6, "timeout")},
           {60, true});
  CHECK(drawn ==
        "\x1b[1mtrace 4bf92f3577b34da6a3ce929d0e0e4736\x1b[0m\n"
        "2026-11-22 10:15:30.123  2 spans  2 services  \x1b[1;38;5;203m1 error\x1b[0m  10ms\n"
        "\n"
        "                         \x1b[2m0                     10ms\x1b[0m\n"
        "\x1b[38;5;149mweb\x1b[0m GET /                "
        "\x1b[38;5;149m██████\x1b[0m\x1b[38;5;149m░░░░░░░░░░░░░░\x1b[0m"
        "\x1b[38;5;149m██████\x1b[0m     10ms\n"
        "\x1b[2m└─ \x1b[0m\x1b[1;38;5;203m✗ \x1b[0m\x1b[38;5;208mdb\x1b[0m "
        "\x1b[1;38;5;203mSELECT\x1b[0m                "
        "\x1b[38;5;208m████████████████\x1b[0m           6ms\n"
        "\n"
        "\x1b[2m█ critical path  ░ off it  ✗ error\x1b[0m\n"
        "     6ms  60%  db SELECT\n"
        "     4ms  40%  web GET /\n"
        "\x1b[1;38;5;203m✗ \x1b[0mdb SELECT: timeout\n");
}

TEST_CASE("a trace without colour has no escape and fits its width", "[tui][trace]") {
  for (std::size_t width : {64, 73, 80, 100, 120, 200}) {
    CAPTURE(width);
    const std::string drawn = draw(shop(), {width, false});
    CHECK(drawn.find('\x1b') == std::string::npos);
    CHECK(widest_line(drawn) <= width);
  }
}

TEST_CASE("a large trace folds away what matters least", "[tui][trace]") {
  std::vector<TraceSpan> spans = {span("root", "", "web", "GET /", 0, 1000)};
  for (int i = 0; i < 500; ++i) {
    spans.push_back(span("c" + std::to_string(i), "root", "db", "SELECT", i, 1));
  }
  spans.push_back(span("slow", "root", "db", "the slow one", 600, 399));
  spans.push_back(span("bad", "c7", "db", "the failed one", 8, 0, "boom"));
  CHECK(draw(spans, {80, false, 5}) == R"(trace 4bf92f3577b34da6a3ce929d0e0e4736
2026-11-22 10:15:30.123  503 spans  2 services  1 error  1s

                                 0                                   1s
web GET /                        ░░░░░░░░░░░░░░░░░░░████░░░░░░░░░░░░░░█       1s
├─ db SELECT                     █                                           1ms
├─ db SELECT                     █                                           1ms
│  └─ ✗ db the failed one        ░                                           0ns
├─ db the slow one                                     ████████████████    399ms
└─ … 498 spans more

█ critical path  ░ off it  ✗ error
   500ms  50%  db SELECT
   399ms  40%  db the slow one
   101ms  10%  web GET /
✗ db the failed one: boom
)");
  const std::string all = draw(spans, {80, false, SIZE_MAX});
  CHECK(all.find("more") == std::string::npos);
  CHECK(split(all, '\n').size() > 503);
}

TEST_CASE("a trace as deep as it is long is drawn within the width", "[tui][trace]") {
  std::vector<TraceSpan> spans;
  for (int i = 0; i < 20'000; ++i) {
    spans.push_back(
        span(std::to_string(i), i == 0 ? "" : std::to_string(i - 1), "deep", "call", 0, 1000));
  }
  const std::string drawn = draw(std::move(spans), {80, false, SIZE_MAX});
  CHECK(widest_line(drawn) <= 80);
  CHECK_THAT(drawn, Catch::Contains("⋯ "));
}

TEST_CASE("a span of no length and times at the ends of the clock are drawn", "[tui][trace]") {
  std::vector<TraceSpan> spans = {span("1", "", "a", "zero", 0, 0)};
  CHECK_THAT(draw(spans, {80, false}), Catch::Contains("1 span  1 service  0ns"));
  spans.push_back(span("2", "", "b", "first", 0, 0));
  spans.back().start = INT64_MIN;
  spans.push_back(span("3", "", "c", "last", 0, 0));
  spans.back().start = INT64_MAX;
  spans.back().duration = INT64_MAX;
  CHECK(widest_line(draw(spans, {80, false})) <= 80);
}

TEST_CASE("names from strangers cannot move the cursor", "[tui][trace]") {
  const std::string drawn =
      draw({span("1", "", "\x1b[2J", "a\nb", 0, 1, "\x1b]0;x\x07")}, {80, false});
  CHECK(drawn.find('\x1b') == std::string::npos);
  CHECK_THAT(drawn, Catch::Contains("\\x1b[2J a\\nb"));
}

}  // namespace obs::tui
