// An incremental parser of HTTP/1.0 and 1.1 requests, on llhttp: bytes in, requests out.
//
//   HttpParser parser;
//   while (true) {
//     switch (parser.next(input)) {          // Takes bytes off the front of `input`.
//       case Event::kNeedMore: return;       // `input` is empty now; come back with more.
//       case Event::kHead: …                 // parser.request() has all but the body.
//       case Event::kRequest: …              // parser.take_request()
//       case Event::kError: …                // Answer parser.error(), then close.
//     }
//   }
//
// Pure: no I/O, no clock. What comes out does not depend on how the input was cut. Strict where
// leniency lets one request hide inside another (RFC 9112, 11.2): refused are a Content-Length
// beside Transfer-Encoding, two of either, a bare CR or LF, a folded header, a space before a
// header's colon, chunk sizes that are not plain hex, transfer codings other than chunked, and a
// missing or repeated Host. Trailers are read and dropped. A request to upgrade the connection is
// an ordinary request; CONNECT is not spoken.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "libobs/base/bytes.h"
#include "libobs/proto/http.h"

namespace obs::proto {

struct HttpParserLimits {
  // Request line and headers with all their spaces. Browsers and proxies keep below 8 KiB; above:
  // 431.
  std::size_t head_bytes = 16 * kKiB;
  std::size_t header_count = 100;       // Above: 431.
  std::size_t target_bytes = 8 * kKiB;  // RFC 9112 asks for 8000 at least. Above: 414.
  std::size_t body_bytes = 64 * kMiB;   // Of a chunked body; of any other, the caller asks
                                        // content_length() at kHead. Above: 413.
};

// Why a connection cannot go on. `status` is 400, 413, 414, 431, 501 or 505.
struct HttpError {
  int status = 400;
  std::string_view what;  // Static text.
};

class HttpParser {
 public:
  enum class Event { kNeedMore, kHead, kRequest, kError };

  explicit HttpParser(HttpParserLimits limits = {});
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  // The next thing that happens in `input`, which shrinks by what was read. After kError every
  // further call answers kError.
  Event next(Bytes& input);

  // From kHead on: the request, its body growing with each kNeedMore.
  HttpRequest& request();
  // At kRequest: hands it over.
  HttpRequest take_request();
  // At kHead: reads the body without keeping it. kError (413) when it goes on beyond `limit`.
  void skip_body(std::size_t limit);

  const HttpError& error() const;

  // From kHead on: what the client wants.
  std::size_t content_length() const;  // As announced; 0 when chunked or none.
  bool has_body() const;               // A length above 0, or chunks.
  bool expects_continue() const;       // It waits for "100 Continue" before it sends the body.
  bool unknown_expectation() const;    // It expects something else: 417.
  bool keep_alive() const;             // HTTP/1.1, and it may send another request after this.

  // Bytes of the current request have been taken.
  bool in_request() const;
  // kHead has been told and kRequest not yet.
  bool in_body() const;
  // Bytes of the current body so far, those skipped included.
  std::size_t body_read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::proto
