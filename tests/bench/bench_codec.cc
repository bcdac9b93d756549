// bench_codec: how fast OTLP protobuf requests become batches and back, beside a bare walk over the
// same bytes, which is the limit. CPU time of this thread; the best of several rounds.

#include <malloc.h>

#include <cstdio>
#include <string>

#include "libobs/codec/compress.h"
#include "libobs/codec/envelope.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/protozero.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_batches.h"

namespace {

using obs::bench::kRequestRecords;
using obs::bench::measure;
using obs::codec::Compression;
using obs::model::Batch;
using obs::model::Signal;

// The fields to descend into, a set at each depth, down to the AnyValues of attributes.
using Path = std::initializer_list<std::uint32_t>;
constexpr std::uint32_t bit(std::uint32_t field) { return 1u << field; }
const Path kLogs = {bit(1), bit(2), bit(2), bit(6), bit(2)};
const Path kSpans = {bit(1), bit(2), bit(2), bit(9), bit(2)};
const Path kSums = {bit(1), bit(2), bit(2), bit(7), bit(1), bit(7), bit(2)};  // No histograms.

// Visits every field and reads nothing.
std::size_t walk(std::string_view message, const std::uint32_t* at, const std::uint32_t* end) {
  protozero::pbf_reader field(message.data(), message.size());
  std::size_t fields = 0;
  while (field.next()) {
    ++fields;
    if (at != end && field.tag() < 32 && (*at & bit(field.tag())) != 0) {
      fields += walk(field.get_view(), at + 1, end);
    } else {
      field.skip();
    }
  }
  return fields;
}

void bench_signal(const char* name, const Batch& batch, Path path) {
  using namespace obs::codec;
  const std::string request = encode_otlp_protobuf(batch);
  std::printf("%s: %zu records, %zu B a record\n", name, batch.size(),
              request.size() / batch.size());
  const std::shared_ptr<const void> owner;
  measure("bare walk", request.size(), [&] { return walk(request, path.begin(), path.end()); });
  measure("decode protobuf", request.size(), [&] {
    return decode_otlp_protobuf(batch.signal, std::string_view(request), owner, 1)->batch.size();
  });
  measure("encode protobuf", request.size(), [&] { return encode_otlp_protobuf(batch).size(); });
  measure("seal", request.size(), [&] { return seal(batch, false).payload.size(); });
  measure("seal with zstd", request.size(), [&] { return seal(batch, true).payload.size(); });
}

void bench_compression(const std::string& plain) {
  using namespace obs::codec;
  const std::string gzip = compress_gzip(plain);
  const std::string zstd = compress_zstd(plain);
  std::printf("compression of a request of logs: %zu B, gzip %.1fx, zstd %.1fx\n", plain.size(),
              static_cast<double>(plain.size()) / static_cast<double>(gzip.size()),
              static_cast<double>(plain.size()) / static_cast<double>(zstd.size()));
  measure("gunzip", plain.size(),
          [&] { return decompress(Compression::kGzip, gzip, 64 * obs::kMiB)->size(); });
  measure("unzstd", plain.size(),
          [&] { return decompress(Compression::kZstd, zstd, 64 * obs::kMiB)->size(); });
  measure("gzip", plain.size(), [&] { return compress_gzip(plain).size(); });
  measure("zstd", plain.size(), [&] { return compress_zstd(plain).size(); });
}

}  // namespace

int main() {
  // By default glibc gives freed pages back to the kernel and faults them in again, which costs
  // half as much as decoding. Here it is the codec that is measured.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  const Batch logs = obs::bench::sample_logs(kRequestRecords);
  bench_signal("logs", logs, kLogs);
  bench_signal("spans", obs::bench::sample_spans(kRequestRecords), kSpans);
  bench_signal("metrics", obs::bench::sample_metrics(kRequestRecords), kSums);
  bench_compression(obs::codec::encode_otlp_protobuf(logs));
}
