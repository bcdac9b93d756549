// OtlpReceiver: OTLP requests into a sink, the sink's acks into answers, and the ledger of it.
//
// 200 means that the sink has acknowledged every record but those that a partial success names.
// Whatever fails is answered so that the sender does the right thing: 503 with Retry-After when a
// retry may succeed, 400 or 413 when it cannot. Nothing of a request that is not answered 200 was
// acknowledged, though a retry may find it stored: sinks know a batch by its id.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "libobs/api/cors.h"
#include "libobs/api/otlp_http.h"
#include "libobs/base/clock.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/proto/http.h"

namespace obs::api {

struct OtlpOptions {
  std::size_t body_bytes = kDefaultBodyBytes;  // Of a body as sent, and once more inflated.
  // What inflated bodies may hold together, until they are acknowledged. Above: 503.
  std::size_t inflated_bytes = std::size_t{512} << 20;
  CorsPolicy cors;
  // Told of each batch that the sink failed to take. On the sink's threads.
  std::function<void(const Error&)> on_sink_error;
};

class OtlpReceiver {
 public:
  using Answer = std::function<void(proto::HttpResponse)>;

  // All of these outlive the receiver and every answer still owed.
  OtlpReceiver(pipeline::Sink& sink, pipeline::Ledger& ledger, Registry& registry,
               const Clock& clock, OtlpOptions options = {});

  // Before the body: the answer to a request that is not an export we could take (with that of a
  // preflight among them); nullopt when its body may come. Any thread.
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const;

  // A request that check() let pass, with its body. Decodes it here and hands it to the sink;
  // `answer` is called once, on this thread or on one of the sink's. Any thread.
  void receive(proto::HttpRequest request, Answer answer);

  // How a refusal of the server's own (a body over its limit, a request too slow) is put.
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view why) const;

 private:
  struct Export;

  void decode(const std::shared_ptr<Export>& call, std::string body);
  void write(const std::shared_ptr<Export>& call, codec::Decoded&& decoded);
  void settle(Export& call, std::uint64_t records, Result<void> result);
  void fail_decoding(Export& call, const OtlpFailure& failure);
  void finish(Export& call, proto::HttpResponse response);

  pipeline::Sink& sink_;
  pipeline::Ledger& ledger_;
  const Clock& clock_;
  const OtlpOptions options_;
  Counter& mended_;
  std::array<Histogram*, model::kSignalCount> seconds_{};
  std::atomic<std::size_t> inflated_{0};
};

}  // namespace obs::api
