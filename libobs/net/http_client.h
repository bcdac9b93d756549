// A blocking HTTP client for threads of their own: keep-alive, TLS, and an end to every wait.
//
// On libcurl, which is opened late: linked in, its thirty libraries would cost every daemon five
// milliseconds at start and five megabytes.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/proto/http.h"

namespace obs::net {

struct HttpCall {
  std::string method = "POST";
  std::string url;  // http:// or https://.
  proto::HttpHeaders headers;
  std::string_view body;
  Duration timeout = 30 * kSecond;  // For all of it; connecting gets 10 s of that.
  std::size_t most_answer = kMiB;   // Of the answer's body, which is cut there.
};

struct HttpClientOptions {
  std::string ca_file;    // PEM; empty: the machine's.
  std::string cert_file;  // PEM, to show to the peer; empty: none.
  std::string key_file;
  bool insecure = false;  // Whoever the peer says it is.
};

// One thread at a time, except end_at(). Keeps its connections between calls.
class HttpClient {
 public:
  // kUnsupported: libcurl is not installed.
  static Result<std::unique_ptr<HttpClient>> open(HttpClientOptions options = {});
  virtual ~HttpClient() = default;

  // Any answer of the peer is a success, whatever its status. Redirects are not followed.
  // kUnavailable: there was no whole answer. kInvalidArgument: no such URL.
  virtual Result<proto::HttpResponse> send(const HttpCall& call) = 0;

  // From that time of the monotonic clock on, a call under way, which may take a second to notice,
  // and every later one end with kUnavailable. Any thread.
  virtual void end_at(Duration time) = 0;
};

}  // namespace obs::net
