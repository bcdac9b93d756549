// The head of an HTTP/2 request, from its fields one by one. Pure; nghttp2 has checked the fields
// (RFC 9113, 8.2 and 8.3) before they come here.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/proto/http.h"
#include "libobs/proto/http_parser.h"

namespace obs::proto {

struct Http2HeadLimits {
  // Names, values and 32 bytes for each field, as SETTINGS_MAX_HEADER_LIST_SIZE counts. Above: 431.
  std::size_t bytes = 16 * kKiB;
  std::size_t count = 100;              // Above: 431.
  std::size_t target_bytes = 8 * kKiB;  // Above: 414.
};

class Http2Head {
 public:
  // Fields beyond a limit are counted and dropped.
  void add(std::string_view name, std::string_view value, const Http2HeadLimits& limits);
  // As SETTINGS_MAX_HEADER_LIST_SIZE counts, those dropped included.
  std::size_t bytes() const { return bytes_; }

  // Moves the request out of it. What is wrong is returned, with what is known in `request`.
  std::optional<HttpError> finish(HttpRequest& request, const Http2HeadLimits& limits);

 private:
  std::optional<HttpError> check(const HttpRequest& request, const Http2HeadLimits& limits) const;

  HttpRequest request_;
  std::string target_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace obs::proto
