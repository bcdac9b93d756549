#include "libobs/store/import.h"

#include <catch2/catch.hpp>

#include "libobs/codec/otlp.h"
#include "tests/support/random_batch.h"
#include "tests/unit/base/temporary_dir.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {
namespace {

std::string request_of(model::Signal signal, std::uint64_t seed) {
  return codec::encode_otlp_protobuf(test::random_batch(signal, seed, 20));
}

std::string framed(const std::string& request) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(request.size() >> shift & 0xff);
  }
  return out + request;
}

std::vector<std::string> split(std::string_view content) {
  std::vector<std::string> requests;
  const auto done = split_otlp_protobuf(content, [&](std::string request) -> Result<void> {
    requests.push_back(std::move(request));
    return {};
  });
  if (!done) return {"error"};
  return requests;
}

}  // namespace

TEST_CASE("a file's kind is told by its content", "[store][import]") {
  const struct {
    std::string_view content;
    FileKind kind;
  } cases[] = {
      {"PAR1\x15\x04", FileKind::kParquet},
      {"", FileKind::kLines},
      {"\n", FileKind::kLines},
      {"plain text\n", FileKind::kLines},
      {R"({"signal":"log","body":"x"})", FileKind::kLines},
      {R"({"resourceLogs":[]})", FileKind::kLines},
      {"{\"resourceLogs\":[]}\n{\"resourceSpans\":[]}\n", FileKind::kLines},
      {"{\n  \"resourceSpans\": [\n  ]\n}\n", FileKind::kOtlpJson},
      {" { \"resourceMetrics\" : [\n]}", FileKind::kOtlpJson},
      {R"({"resourceLogsOf":1})", FileKind::kLines},
  };
  for (const auto& [content, kind] : cases) {
    INFO(content);
    CHECK(detect_kind(content) == kind);
  }
}

TEST_CASE("compression is told by its magic number", "[store][import]") {
  CHECK(detect_compression(codec::compress_zstd("text")) == codec::Compression::kZstd);
  CHECK(detect_compression(codec::compress_gzip("text")) == codec::Compression::kGzip);
  CHECK(detect_compression("text") == codec::Compression::kNone);
}

TEST_CASE("a request in protobuf tells its signal", "[store][import]") {
  for (const model::Signal signal : model::kSignals) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::string request = request_of(signal, seed);
      const auto guessed = guess_signal(request);
      // A record that says next to nothing could be of any signal.
      INFO(model::to_string(signal) << " of seed " << seed);
      if (guessed) CHECK(*guessed == signal);
    }
  }
  CHECK_FALSE(guess_signal(""));
  CHECK_FALSE(guess_signal("no protobuf at all"));
}

TEST_CASE("requests come one alone, or many with their lengths, compressed or not",
          "[store][import]") {
  const std::string first = request_of(model::Signal::kSpans, 1);
  const std::string second = request_of(model::Signal::kSpans, 2);
  CHECK(split(framed(first) + framed(second)) == std::vector{first, second});
  CHECK(split(framed(codec::compress_zstd(first))) == std::vector{first});
  if (guess_signal(first)) CHECK(split(first) == std::vector{first});
  // Cut short.
  CHECK(split(framed(first).substr(0, 20)) == std::vector<std::string>{"error"});
  CHECK(split("no protobuf at all") == std::vector<std::string>{"error"});
}

TEST_CASE("a foreign Parquet file needs a time, and the rest may be missing", "[store][import]") {
  TemporaryDir dir;
  auto database = Database::open({1, "", ""});
  REQUIRE(database);
  auto connection = (*database)->connect();
  REQUIRE(connection);
  const auto make = [&](const std::string& name, const std::string& select) {
    REQUIRE(
        (*connection)->execute("COPY (" + select + ") TO '" + (dir / name) + "' (FORMAT parquet)"));
    return dir / name;
  };
  const auto select = [&](const std::string& path, const std::string& columns) {
    const auto records = select_parquet(**connection, path);
    if (!records) return "error: " + records.error().message;
    return std::string(model::to_string(records->signal)) + " " +
           ask(**connection, "SELECT " + columns + " FROM (" + records->sql + ")");
  };
  CHECK(select(make("logs",
                    "SELECT TIMESTAMP '2026-11-22 10:00:00' AS time, 'hello' AS body, "
                    "MAP {'k': 'v'} AS attributes, 'error' AS severity"),
               "epoch_ns(time), body, attributes, severity_text, service") ==
        "logs 1795341600000000000|\"hello\"|\"{\\\"k\\\":\\\"v\\\"}\"|\"error\"|null\n");
  CHECK(select(make("spans",
                    "SELECT 1795341600000000000 AS time, 5 AS duration_ns, 'GET' AS name, "
                    "'x' AS \"attributes.a\", 7::BIGINT AS \"attributes.b\""),
               "epoch_ns(time), duration_ns, name, attributes") ==
        "spans 1795341600000000000|5|\"GET\"|\"{\\\"a\\\":\\\"x\\\",\\\"b\\\":7}\"\n");
  CHECK(select(make("points",
                    "SELECT TIMESTAMPTZ '2026-11-22 10:00:00+00' AS time, 'up' AS name, "
                    "1.5 AS value, 'gauge' AS type"),
               "epoch_ns(time), name, value") == "metrics 1795341600000000000|\"up\"|1.5\n");
  CHECK(select(make("none", "SELECT 1 AS a"), "time").find("no column `time`") !=
        std::string::npos);
  CHECK(select("/dev/null", "time").starts_with("error"));
}

}  // namespace obs::store
