// bench_remote_write: what a point of Prometheus remote write costs, beside what cannot be saved:
// to inflate its request and to walk over the protobuf in it. And what an exporter's page costs.
//
// CPU time of this thread; the best of several rounds. Of the whole process: bench_ingest
// --remote-write.

#include <malloc.h>

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "libobs/codec/compress.h"
#include "libobs/codec/exposition.h"
#include "libobs/codec/protozero.h"
#include "libobs/codec/remote_write.h"
#include "libobs/pipeline/series_guard.h"
#include "tests/bench/measure.h"
#include "tests/bench/remote_write_request.h"

namespace {

using obs::bench::kRequestRecords;
using obs::bench::measure;
using obs::codec::Compression;
using obs::codec::RemoteWriteVersion;

constexpr std::int64_t kTimeMs = 1'763'806'600'000;
constexpr obs::Timestamp kReceived = kTimeMs * obs::kMillisecond;

std::string page() {
  std::string text;
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    const obs::bench::SentLabels labels = obs::bench::labels_of(i);
    text += fmt::format("{}{{cpu=\"{}\",mode=\"{}\"}} {}\n", labels[0].second, labels[1].second,
                        labels[5].second, obs::bench::value_of(i));
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
  bench_version("remote write 1.0", RemoteWriteVersion::kV1, obs::bench::remote_write_v1(kTimeMs));
  bench_version("remote write 2.0", RemoteWriteVersion::kV2, obs::bench::remote_write_v2(kTimeMs));
  const std::string text = page();
  std::printf("a page of text: %zu samples, %zu B each\n", kRequestRecords,
              text.size() / kRequestRecords);
  measure("parse", text.size(), [&] {
    return obs::codec::parse_exposition(obs::codec::ExpositionFormat::kText, std::string(text))
        ->samples.size();
  });
}
