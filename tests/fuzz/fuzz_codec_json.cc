// JSON documents, and values in the spelling of obs-record(5).

#include <string>

#include "libobs/codec/json.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  Arena arena;
  if (auto document = codec::parse_json(input, arena)) {
    std::string plain;
    codec::append_plain_value(plain, *document);
    check(codec::parse_json(plain, arena).has_value(), "plain JSON is well-formed");
  }
  if (auto value = codec::parse_record_value(input, arena)) {
    std::string text;
    codec::append_record_value(text, *value);
    auto again = codec::parse_record_value(text, arena);
    check(again.has_value(), "a value in the record spelling is well-formed");
    check(*again == *value, "a value survives the record spelling");
  }
  return 0;
}
