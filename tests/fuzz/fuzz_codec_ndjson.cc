// Lines of records, ours and foreign ones; each input is a file of them.

#include <string>
#include <vector>

#include "libobs/codec/ndjson.h"
#include "tests/fuzz/check.h"

namespace {

using namespace obs;
using fuzz::check;

std::string encode(const std::vector<model::Batch>& batches) {
  std::string out;
  for (const model::Batch& batch : batches) codec::append_ndjson(out, batch);
  return out;
}

// Decodes line by line, and gives the records back as lines. `all` says that none may be refused.
std::string decode_and_encode(std::string_view input, codec::NdjsonOptions options, bool all) {
  codec::NdjsonDecoder decoder(options);
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    const std::size_t before = decoder.size();
    const auto added = decoder.add_line(line, 1'763'806'600'000'000'000);
    if (added) continue;
    check(!all, "an encoded line is a record");
    check(added.error().offset <= line.size(), "the offset lies in the line");
    check(decoder.size() == before, "a refused line leaves nothing behind");
  }
  return encode(decoder.take());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  decode_and_encode(input, {.trusted = false, .strict = true}, false);
  const std::string once = decode_and_encode(input, {}, false);
  check(decode_and_encode(once, {.strict = true}, true) == once, "records survive as lines");
  return 0;
}
