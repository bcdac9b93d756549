// One scrape of one target over HTTP: its body as samples, or why there is none.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/exposition.h"
#include "libobs/net/http_client.h"
#include "libobs/scrape/target.h"

namespace obs::scrape {

// The Accept header: the protocols, the best first, with falling weights. Empty: OpenMetrics before
// text, as Prometheus asks.
std::string accept_header(const std::vector<std::string>& protocols);

// One thread at a time, except end_at(). Keeps its connection between scrapes.
class Fetcher {
 public:
  // kUnsupported: libcurl is not installed.
  static Result<std::unique_ptr<Fetcher>> open(std::shared_ptr<const Target> target);

  // Asks, waits for the target's timeout at most, and parses. Each error is one line for the log.
  Result<codec::Exposition> fetch();
  // As HttpClient's.
  void end_at(Duration time) { client_->end_at(time); }

 private:
  Fetcher(std::shared_ptr<const Target> target, std::unique_ptr<net::HttpClient> client);

  Result<proto::HttpHeaders> headers() const;

  const std::shared_ptr<const Target> target_;
  const std::unique_ptr<net::HttpClient> client_;
  const std::string accept_;
};

// The answer of a target, inflated and parsed. Pure. kMalformed: its status is not 200, its
// Content-Type is none that is known and the config has no fallback, or its body is not what that
// says. kLimitExceeded: the body is larger than the config's limit.
Result<codec::Exposition> read_answer(const ScrapeConfig& config, proto::HttpResponse&& answer);

}  // namespace obs::scrape
