// Syslog: the framing of a stream, whole and byte by byte, and its messages.

#include "libobs/codec/ndjson.h"
#include "libobs/codec/syslog.h"
#include "libobs/codec/syslog_frame.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxFrame = 1000;
  const std::string_view stream = fuzz::as_text(data, size);
  codec::SyslogDecoder decoder;
  decoder.add(stream, {1, 0, "peer"});
  std::string_view input = stream;
  for (;;) {
    const std::string_view before = input;
    const auto frame = codec::next_syslog_frame(input, kMaxFrame);
    if (!frame || !*frame) {
      check(input == before, "what is not taken stays");
      break;
    }
    check(input.size() < before.size(), "a frame takes something");
    check((*frame)->size() <= kMaxFrame, "a frame keeps to its bound");
    // Less than the whole frame is no frame.
    std::string_view cut = before.substr(0, before.size() - input.size() - 1);
    const auto early = codec::next_syslog_frame(cut, kMaxFrame);
    check(early && !*early, "a frame waits for its end");
    decoder.add(**frame, {1, 0, "peer"});
  }
  std::string lines;
  codec::append_ndjson(lines, decoder.take());
  return 0;
}
