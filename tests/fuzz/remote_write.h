// What holds for any bytes taken as a request of remote write.

#pragma once

#include "libobs/codec/remote_write.h"
#include "tests/fuzz/otlp_protobuf.h"

namespace obs::fuzz {

inline void check_remote_write(codec::RemoteWriteVersion version, std::string_view input) {
  auto write = codec::decode_remote_write(version, std::string(input), kReceived);
  if (!write) {
    check(write.error().code != Errc::kInternal, "input causes no internal error");
    check(write.error().offset <= input.size(), "the offset lies in the input");
    return;
  }
  const model::Batch& batch = write->decoded.batch;
  check(batch.size() + write->decoded.rejected.count == write->decoded.total,
        "every point is accounted for");
  const codec::RemoteWritten written = codec::count_written(batch.metrics);
  check(written.samples + written.histograms <= batch.size(), "no point is counted twice");
  check(written.exemplars <= write->exemplars, "no exemplar is counted that was not sent");
  check_encoding(batch);
}

}  // namespace obs::fuzz
