// Envelopes as a WAL or Redis hands them over.

#include "libobs/base/bytes.h"
#include "libobs/codec/envelope.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  auto envelope = codec::parse_envelope(input);
  if (!envelope) {
    check(envelope.error().offset <= size, "the offset lies in the input");
    return 0;
  }
  std::string bytes;
  codec::append_envelope(bytes, *envelope);
  check(bytes == input, "an envelope has one spelling");

  auto batch = codec::open_envelope(*envelope, kMiB);
  if (!batch) {
    check(batch.error().code != Errc::kInternal, "input causes no internal error");
    return 0;
  }
  check(batch->size() == envelope->records, "a batch holds what its envelope says");
  auto again = codec::open_envelope(codec::seal(*batch, true), 64 * kMiB);
  check(again && again->size() == batch->size(), "a batch survives its envelope");
  return 0;
}
