// The journal's export format.

#include "libobs/codec/journal_export.h"
#include "libobs/codec/ndjson.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  const auto decoded = codec::decode_journal_export(input, 1);
  if (!decoded) {
    check(decoded.error().offset <= input.size(), "an error lies in the input");
    return 0;
  }
  check(decoded->batch.size() + decoded->rejected.count == decoded->total, "the count closes");
  std::string lines;
  codec::append_ndjson(lines, decoded->batch);
  return 0;
}
