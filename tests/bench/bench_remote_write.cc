// bench_remote_write: what a point of Prometheus remote write costs, beside what cannot be saved:
// to inflate its request and to walk over the protobuf in it. And what an exporter's page costs.
//
// Series as node_exporter has them, six labels each, as Prometheus sends them: a sample in a series
// of its own, a thousand in a request. CPU time of this thread; the best of several rounds.

#include <malloc.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libobs/codec/compress.h"
#include "libobs/codec/exposition.h"
#include "libobs/codec/protozero.h"
#include "libobs/codec/remote_write.h"
#include "libobs/pipeline/series_guard.h"
#include "tests/bench/measure.h"

namespace {

using obs::bench::kRequestRecords;
using obs::bench::measure;
using obs::codec::Compression;
using obs::codec::RemoteWriteVersion;

constexpr std::int64_t kTimeMs = 1'763'806'600'000;
constexpr obs::Timestamp kReceived = kTimeMs * obs::kMillisecond;

using Labels = std::vector<std::pair<std::string, std::string>>;

Labels labels_of(std::size_t i) {
  return {{"__name__", fmt::format("node_metric_of_kind_{}_seconds_total", i / 40)},
          {"cpu", std::to_string(i % 8)},
          {"env", "production"},
          {"instance", "web-3.example:9100"},
          {"job", "node"},
          {"mode", fmt::format("mode{}", i / 8 % 5)}};
}

double value_of(std::size_t i) { return 1000.0 + 0.25 * static_cast<double>(i); }

std::string request_v1() {
  std::string request;
  protozero::pbf_writer writer(request);
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    protozero::pbf_writer series(writer, 1);
    for (const auto& [name, value] : labels_of(i)) {
      protozero::pbf_writer label(series, 1);
      label.add_string(1, name);
      label.add_string(2, value);
    }
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value_of(i));
    sample.add_int64(2, kTimeMs);
  }
  return request;
}

std::string request_v2() {
  std::map<std::string, std::uint32_t> symbols = {{"", 0}};
  std::string texts;
  std::string rest;
  protozero::pbf_writer head(texts);
  protozero::pbf_writer tail(rest);
  head.add_string(4, "");
  const auto ref = [&](const std::string& text) {
    const auto [found, fresh] = symbols.emplace(text, static_cast<std::uint32_t>(symbols.size()));
    if (fresh) head.add_string(4, text);
    return found->second;
  };
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    std::vector<std::uint32_t> refs;
    for (const auto& [name, value] : labels_of(i)) {
      refs.push_back(ref(name));
      refs.push_back(ref(value));
    }
    protozero::pbf_writer series(tail, 5);
    series.add_packed_uint32(1, refs.begin(), refs.end());
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value_of(i));
    sample.add_int64(2, kTimeMs);
  }
  return texts + rest;
}

std::string page() {
  std::string text;
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    const Labels labels = labels_of(i);
    text += fmt::format("{}{{cpu=\"{}\",mode=\"{}\"}} {}\n", labels[0].second, labels[1].second,
                        labels[5].second, value_of(i));
  }
  return text;
}

// The fields to descend into, a set at each depth.
constexpr std::uint32_t bit(std::uint32_t field) { return 1u << field; }
using Path = std::initializer_list<std::uint32_t>;
const Path kPathV1 = {bit(1), bit(1) | bit(2)};
const Path kPathV2 = {bit(5), bit(2)};

// Visits every field and reads nothing.
std::size_t walk(std::string_view message, const std::uint32_t* at, const std::uint32_t* end) {
  protozero::pbf_reader field(message.data(), message.size());
  std::size_t fields = 0;
  while (field.next()) {
    ++fields;
    if (at != end && (*at & bit(field.tag())) != 0) {
      fields += walk(field.get_view(), at + 1, end);
    } else {
      field.skip();
    }
  }
  return fields;
}

void bench_version(const char* name, RemoteWriteVersion version, const std::string& plain) {
  using namespace obs::codec;
  const std::string block = compress_snappy(plain);
  std::printf("%s: %zu points, %zu B each, snappy %.1fx\n", name, kRequestRecords,
              plain.size() / kRequestRecords,
              static_cast<double>(plain.size()) / static_cast<double>(block.size()));
  const Path path = version == RemoteWriteVersion::kV1 ? kPathV1 : kPathV2;
  measure("bare snappy and walk", plain.size(), [&] {
    const auto inflated = decompress(Compression::kSnappy, block, 64 * obs::kMiB);
    return walk(*inflated, path.begin(), path.end());
  });
  measure("inflate and decode", plain.size(), [&] {
    auto inflated = decompress(Compression::kSnappy, block, 64 * obs::kMiB);
    return decode_remote_write(version, std::move(*inflated), kReceived)->decoded.batch.size();
  });
  obs::Registry registry;
  obs::pipeline::SeriesGuard guard({}, registry, obs::system_clock(), [](std::string_view) {});
  measure("and with the guard", plain.size(), [&] {
    auto inflated = decompress(Compression::kSnappy, block, 64 * obs::kMiB);
    const auto write = decode_remote_write(version, std::move(*inflated), kReceived);
    return write->decoded.batch.size() - guard.check(write->decoded.batch).size();
  });
}

}  // namespace

int main() {
  // As in bench_codec: it is the codec that is measured.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  bench_version("remote write 1.0", RemoteWriteVersion::kV1, request_v1());
  bench_version("remote write 2.0", RemoteWriteVersion::kV2, request_v2());
  const std::string text = page();
  std::printf("a page of text: %zu samples, %zu B each\n", kRequestRecords,
              text.size() / kRequestRecords);
  measure("parse", text.size(), [&] {
    return obs::codec::parse_exposition(obs::codec::ExpositionFormat::kText, std::string(text))
        ->samples.size();
  });
}
