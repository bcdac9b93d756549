// Sentry's envelopes and events, Faro and our own beacons: the first byte says which.

#include <optional>
#include <vector>

#include "libobs/codec/faro.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/rum.h"
#include "libobs/codec/sentry.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

Result<std::vector<codec::Decoded>, ParseError> decode(int what, std::string_view body) {
  if (what == 0) return codec::decode_faro(body, 1);
  if (what == 1) return codec::decode_rum(body, 1);
  auto envelope = what == 2 ? codec::decode_sentry_envelope(body, "1", 1)
                            : codec::decode_sentry_event(body, "1", 1);
  if (!envelope) return fail(envelope.error());
  return std::move(envelope->parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body = fuzz::as_text(data + 1, size - 1);
  const auto parts = decode(data[0] % 4, body);
  codec::find_dsn_key(body);
  codec::find_envelope_dsn(body);
  if (!parts) return 0;
  for (const codec::Decoded& part : *parts) {
    check(part.batch.size() + part.rejected.count == part.total, "the count closes");
    std::string lines;
    codec::append_ndjson(lines, part.batch);
  }
  return 0;
}
