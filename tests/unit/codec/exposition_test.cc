#include "libobs/codec/exposition.h"

#include <cmath>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/unit/codec/protobuf_message.h"
#include "tests/unit/codec/remote_write_message.h"

namespace obs::codec {
namespace {

using namespace std::literals;
using Catch::Matchers::Contains;
using enum ExpositionFormat;

// "name{a=b,…} value @ms # exemplars", a line for each sample.
std::string describe(const Exposition& exposition) {
  std::string text;
  for (const ExposedSample& sample : exposition.samples) {
    text += std::string(sample.name) + "{";
    for (const auto& [key, value] : sample.labels) {
      if (text.back() != '{') text += ',';
      text += std::string(key) + "=" + std::string(value.as_string());
    }
    char value[32];
    std::snprintf(value, sizeof(value), "%g", sample.value);
    text += "} " + std::string(value);
    if (sample.time) text += " @" + std::to_string(*sample.time / kMillisecond);
    if (sample.start_time != 0) text += " from " + std::to_string(sample.start_time / kSecond);
    for (const model::Exemplar& exemplar : sample.exemplars) {
      text += " #" + to_hex(exemplar.trace_id);
      for (const auto& [key, held] : exemplar.filtered_attributes) {
        text += std::string(key) + "=" + std::string(held.as_string());
      }
    }
    text += '\n';
  }
  return text;
}

std::string parse(ExpositionFormat format, std::string body) {
  auto exposition = parse_exposition(format, std::move(body));
  return exposition ? describe(*exposition) : "error: " + exposition.error().message;
}

const ExposedFamily* find_family(const Exposition& exposition, std::string_view name) {
  for (const ExposedFamily& family : exposition.families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a Content-Type names its format", "[codec][exposition]") {
  struct Case {
    const char* type;
    std::optional<ExpositionFormat> format;
  };
  for (const Case& c : {
           Case{"text/plain; version=0.0.4; charset=utf-8", kText},
           Case{"text/plain;version=1.0.0;escaping=allow-utf-8", kText},
           Case{"text/plain", kText},
           Case{"application/openmetrics-text; version=1.0.0; charset=utf-8", kOpenMetrics},
           Case{"application/openmetrics-text;version=0.0.1", kOpenMetrics},
           Case{"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
                "encoding=delimited",
                kProtobuf},
           Case{"application/vnd.google.protobuf; encoding=text", std::nullopt},
           Case{"text/html", std::nullopt},
           Case{"application/json", std::nullopt},
           Case{"", std::nullopt},
       }) {
    CAPTURE(c.type);
    CHECK(find_exposition_format(c.type) == c.format);
  }
  CHECK(parse_exposition_name("OpenMetricsText1.0.0") == kOpenMetrics);
  CHECK(parse_exposition_name("PrometheusText1.0.0") == kText);
  CHECK_FALSE(parse_exposition_name("text"));
}

TEST_CASE("a line of text is a sample", "[codec][exposition]") {
  struct Case {
    const char* body;
    const char* samples;
  };
  for (const Case& c : {
           Case{"up 1\n", "up{} 1\n"},
           Case{"up 1", "up{} 1\n"},
           Case{"up 1\r\n\n", "up{} 1\n"},
           Case{"up{} 1 1395066363000\n", "up{} 1 @1395066363000\n"},
           Case{"\t up { a = \"b\" , c=\"d\",} \t 2.5e3\t-5 \n", "up{a=b,c=d} 2500 @-5\n"},
           Case{"up{a=\"x\\\\y\\\"z\\n\"} +Inf\n", "up{a=x\\y\"z\n} inf\n"},
           Case{"up{a=\"\"} -Inf\n", "up{} -inf\n"},
           Case{"up{a=\"ü #\"} NaN\n", "up{a=ü #} nan\n"},
           Case{"{\"a.b\",\"c d\"=\"e\"} 1\n", "a.b{c d=e} 1\n"},
           Case{"{x=\"1\",\"a.b\"} 1\n", "a.b{x=1} 1\n"},
           Case{"a:b_c9 0x1p3\n", "error: line 1: a value is missing, or is no number"},
           Case{"# just a comment\n#\n# HELP\nup 1\n", "up{} 1\n"},
           Case{"", ""},
       }) {
    CAPTURE(c.body);
    CHECK(parse(kText, c.body) == c.samples);
  }
}

TEST_CASE("a line that is no sample fails the whole body, by its number", "[codec][exposition]") {
  struct Case {
    const char* line;
    const char* why;
  };
  for (const Case& c : {
           Case{"9up 1", "begins with no letter"},
           Case{"up", "a value is missing"},
           Case{"up one", "is no number"},
           Case{"up 1 2 3", "something after the sample"},
           Case{"up 1 1.5", "timestamp"},
           Case{"up 1 99999999999999999", "timestamp"},
           Case{"up{a=\"b\" 1", "not separated"},
           Case{"up{a=\"b} 1", "not closed"},
           Case{"up{a=\"b\\", "not closed"},
           Case{"up{a=b} 1", "not in quotes"},
           Case{"up{a} 1", "no '='"},
           Case{"up{\"a\"} 1", "no '='"},
           Case{"{a=\"b\"} 1", "no name"},
           Case{"up{a=\"\xff\"} 1", "not UTF-8"},
           Case{"up 1 # {trace_id=\"x\"} 1", "only OpenMetrics"},
           Case{"# TYPE up nonsense", "a type is none that is known"},
       }) {
    CAPTURE(c.line);
    CHECK_THAT(parse(kText, "ok 1\n" + std::string(c.line) + "\n"),
               Contains("error: line 2: ") && Contains(c.why));
  }
}

TEST_CASE("types, help and units belong to families", "[codec][exposition]") {
  const auto exposition = parse_exposition(kText,
                                           "# HELP h_seconds Time \\\\ in\\na line.\n"
                                           "# TYPE h_seconds histogram\n"
                                           "h_seconds_bucket{le=\"1\"} 2\n"
                                           "h_seconds_bucket{le=\"+Inf\"} 3\n"
                                           "h_seconds_sum 4\nh_seconds_count 3\n"
                                           "# TYPE c_total counter\nc_total 1\n"
                                           "# TYPE \"q.x\" gauge\n{\"q.x\"} 1\n"
                                           "alone 1\n");
  REQUIRE(exposition);
  const auto type_of = [&](std::size_t sample) {
    return exposition->families[exposition->samples[sample].family].metadata.type;
  };
  for (std::size_t i = 0; i < 4; ++i) CHECK(type_of(i) == PrometheusType::kHistogram);
  CHECK(type_of(4) == PrometheusType::kCounter);
  CHECK(type_of(5) == PrometheusType::kGauge);
  CHECK(type_of(6) == PrometheusType::kUnknown);
  CHECK(find_family(*exposition, "h_seconds")->metadata.help == "Time \\ in\na line.");
}

TEST_CASE("bounds are spelled alike however an exporter wrote them", "[codec][exposition]") {
  struct Case {
    const char* written;
    const char* kept;
  };
  for (const Case& c : {
           Case{"1", "1.0"},
           Case{"1.0", "1.0"},
           Case{"1e0", "1.0"},
           Case{"0.005", "0.005"},
           Case{"-2", "-2.0"},
           Case{"0", "0.0"},
           Case{"0.0001", "0.0001"},
           Case{"0.00001", "1e-05"},
           Case{"999999", "999999.0"},
           Case{"1000000", "1e+06"},
           Case{"1048576", "1.048576e+06"},
           Case{"+Inf", "+Inf"},
           Case{"Inf", "+Inf"},
           Case{"all", "all"},
       }) {
    CAPTURE(c.written);
    const std::string line = fmt::format("=\"{}\"}} 1\n", c.written);
    const auto kept = [&](std::string_view series) {
      return fmt::format("{}={}}} 1\n", series, c.kept);
    };
    CHECK(parse(kText, "# TYPE h histogram\nh_bucket{le" + line) == kept("h_bucket{le"));
    CHECK(parse(kText, "# TYPE s summary\ns{quantile" + line) == kept("s{quantile"));
    CHECK(parse(kOpenMetrics, "# TYPE h histogram\nh_bucket{le" + line + "# EOF\n") ==
          kept("h_bucket{le"));
    CHECK(parse(kText, "# TYPE g gauge\ng{le" + line) == fmt::format("g{{le={}}} 1\n", c.written));
  }
}

TEST_CASE("OpenMetrics has seconds, exemplars, starts and an end", "[codec][exposition]") {
  struct Case {
    const char* body;
    const char* samples;
  };
  for (const Case& c : {
           Case{"# EOF\n", ""},
           Case{"# EOF", ""},
           Case{"a 1 1395066363.5\n# EOF\n", "a{} 1 @1395066363500\n"},
           Case{"a 1 1795398924.085\n# EOF\n", "a{} 1 @1795398924085\n"},
           Case{"# TYPE a counter\n# UNIT a_seconds seconds\n"
                "a_total 1 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\"} 0.5 1.25\n# EOF\n",
                "a_total{} 1 #0af7651916cd43dd8448eb211c80319c\n"},
           Case{"a_bucket{le=\"1\"} 1 # {} 0.5\n# EOF\n", "a_bucket{le=1} 1 #\n"},
           Case{"# TYPE a counter\na_total{x=\"1\"} 1\na_created{x=\"1\"} 1.5e9\n"
                "a_total{x=\"2\"} 1\n# EOF\n",
                "a_total{x=1} 1 from 1500000000\na_created{x=1} 1.5e+09\na_total{x=2} 1\n"},
           Case{"a 1\n", "error: OpenMetrics does not end with '# EOF': it is cut short"},
           Case{"a 1\n\n# EOF\n", "error: line 2: OpenMetrics has no empty lines"},
           Case{"# EOF\na 1\n", "error: line 2: there is something after '# EOF'"},
           Case{"# whatever\n# EOF\n",
                "error: line 1: a comment is none of HELP, TYPE, UNIT and EOF"},
           Case{"a 1 # trace 1\n# EOF\n", "error: line 1: an exemplar has no '{'"},
       }) {
    CAPTURE(c.body);
    CHECK(parse(kOpenMetrics, c.body) == c.samples);
  }
}

namespace {

std::string family(std::string_view name, std::uint32_t type, const ProtobufMessage& metric) {
  const std::string message =
      ProtobufMessage().bytes(1, name).bytes(2, "Help.").varint(3, type).bytes(4, metric);
  return static_cast<char>(message.size()) + message;
}

ProtobufMessage number(double value) {
  return ProtobufMessage().fixed64(1, std::bit_cast<std::uint64_t>(value));
}

ProtobufMessage bucket(std::uint64_t count, double bound) {
  return ProtobufMessage().varint(1, count).fixed64(2, std::bit_cast<std::uint64_t>(bound));
}

const ProtobufMessage kLabel = ProtobufMessage().bytes(1, "a").bytes(2, "b");

}  // namespace

TEST_CASE("delimited protobuf becomes the series that text has", "[codec][exposition]") {
  const auto counter = ProtobufMessage().bytes(1, kLabel).bytes(
      3, number(5).bytes(3, ProtobufMessage().varint(1, 1'500'000'000)));
  const auto summary = ProtobufMessage().bytes(
      4, ProtobufMessage()
             .varint(1, 3)
             .fixed64(2, std::bit_cast<std::uint64_t>(1.5))
             .bytes(3, number(0.5).fixed64(2, std::bit_cast<std::uint64_t>(9.0))));
  const auto histogram =
      ProtobufMessage().bytes(7, ProtobufMessage()
                                     .varint(1, 3)
                                     .fixed64(2, std::bit_cast<std::uint64_t>(1.5))
                                     .bytes(3, bucket(2, 1)));
  const auto wide = ProtobufMessage().bytes(7, ProtobufMessage().bytes(3, bucket(2, 1 << 20)));
  CHECK(parse(kProtobuf, family("w", 4, wide)) ==
        "w_count{} 0\nw_sum{} 0\nw_bucket{le=1.048576e+06} 2\nw_bucket{le=+Inf} 0\n");
  CHECK(parse(kProtobuf, family("c_total", 0, counter) +
                             family("g", 1, ProtobufMessage().bytes(2, number(1)).varint(6, 7)) +
                             family("s", 2, summary) + family("h", 4, histogram)) ==
        "c_total{a=b} 5 from 1500000000\n"
        "g{} 1 @7\n"
        "s_count{} 3\ns_sum{} 1.5\ns{quantile=0.5} 9\n"
        "h_count{} 3\nh_sum{} 1.5\nh_bucket{le=1.0} 2\nh_bucket{le=+Inf} 3\n");
}

TEST_CASE("a native histogram in protobuf stays whole", "[codec][exposition]") {
  const auto native =
      ProtobufMessage().bytes(7, ProtobufMessage()
                                     .varint(1, 3)
                                     .varint(5, zigzag(2))
                                     .fixed64(6, std::bit_cast<std::uint64_t>(1e-9))
                                     .varint(7, 1)
                                     .bytes(12, ProtobufMessage().varint(1, zigzag(4)).varint(2, 2))
                                     .varint(13, zigzag(1))
                                     .varint(13, zigzag(0)));
  const auto exposition = parse_exposition(kProtobuf, family("h", 4, native));
  REQUIRE(exposition);
  REQUIRE(exposition->samples.size() == 1);
  const model::Distribution& kept = *exposition->samples[0].distribution;
  CHECK(kept.scale == 2);
  CHECK(kept.zero_count == 1);
  CHECK(kept.positive.offset == 3);
  CHECK(kept.positive.counts.size() == 2);
}

TEST_CASE("an exposition cut anywhere or with any byte changed is no crash",
          "[codec][exposition]") {
  const std::string text =
      "# TYPE a counter\na_total{x=\"\\n\"} 1 # {trace_id=\"x\"} 1 1\na_created 1\n# EOF\n";
  const std::string protobuf =
      family("h", 4, ProtobufMessage().bytes(1, kLabel).bytes(7, bucket(1, 1)));
  for (const auto& [format, whole] :
       {std::pair(kText, text), std::pair(kOpenMetrics, text), std::pair(kProtobuf, protobuf)}) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto cut = parse_exposition(format, whole.substr(0, i));
      CHECK((cut || cut.error().code == Errc::kMalformed));
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ 0xff);
      const auto other = parse_exposition(format, std::move(changed));
      CHECK((other || other.error().code != Errc::kInternal));
    }
  }
}

}  // namespace obs::codec
