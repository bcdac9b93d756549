// HTTP requests; what comes out must not depend on how the bytes were cut.

#include <string>

#include "libobs/proto/http_parser.h"
#include "tests/fuzz/check.h"

namespace {

using namespace obs;
using proto::HttpParser;
using Event = HttpParser::Event;

// Everything the parser says, one line an event.
std::string events_of(std::string_view input, std::size_t step) {
  HttpParser parser({.body_bytes = 4096});
  std::string events;
  while (!input.empty()) {
    Bytes piece = as_bytes(input.substr(0, step));
    input.remove_prefix(piece.size());
    for (Event event; (event = parser.next(piece)) != Event::kNeedMore;) {
      if (event == Event::kError) return events + "error";  // Of two errors, either may be told.
      const proto::HttpRequest& request = parser.request();
      events += event == Event::kHead ? "head " : "request ";
      events += request.method + " " + request.path + "?" + request.query + "\n";
      for (const auto& [name, value] : request.headers) events += name + ": " + value + "\n";
      if (event == Event::kRequest) events += parser.take_request().body + "\n";
    }
    fuzz::check(piece.empty(), "kNeedMore takes all the input");
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  const std::string whole = events_of(input, size + 1);
  fuzz::check(events_of(input, 1) == whole, "single bytes parse like the whole");
  fuzz::check(events_of(input, 7) == whole, "pieces parse like the whole");
  return 0;
}
