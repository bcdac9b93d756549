#include "libobs/api/ingest_handler.h"

#include <memory>
#include <utility>

namespace obs::api {
namespace {

// A millisecond of decoding: of OTLP 1 to 1.7 MB, of ndjson 0.5. Below this a worker costs more
// than it saves: two wake-ups, and the body in another core's cache (a fifth more for a body of 300
// KB).
constexpr std::size_t kInlineBytes = kMiB;
// What compressed telemetry usually grows to. A bomb of 32 KiB grows to 32 MiB, 30 ms of the loop.
constexpr std::size_t kUsualRatio = 8;

bool is_long_work(const proto::HttpRequest& request) {
  const bool compressed = !request.header("content-encoding").empty();
  return request.body.size() * (compressed ? kUsualRatio : 1) >= kInlineBytes;
}

}  // namespace

IngestHandler::IngestHandler(net::Loop& loop, Receiver& receiver, const AdminHandler& admin)
    : loop_(loop), receiver_(receiver), admin_(admin) {}

std::optional<proto::HttpResponse> IngestHandler::on_headers(const proto::HttpRequest& request) {
  if (auto page = admin_.answer(request)) return page;
  return receiver_.check(request);
}

void IngestHandler::on_request(proto::HttpRequest request, net::Respond respond) {
  ++in_flight_;
  // Acks come on the sink's threads.
  Receiver::Answer answer = [this, respond](proto::HttpResponse response) {
    loop_.post([this, respond, response = std::move(response)]() mutable {
      --in_flight_;
      respond(std::move(response));
    });
  };
  if (!is_long_work(request)) return receiver_.receive(std::move(request), std::move(answer));
  auto shared = std::make_shared<proto::HttpRequest>(std::move(request));
  loop_.run_in_worker([this, shared, answer] { receiver_.receive(std::move(*shared), answer); },
                      [] {});
}

proto::HttpResponse IngestHandler::on_refused(const proto::HttpRequest& request, int status,
                                              std::string_view why) {
  return receiver_.refuse(request, status, why);
}

}  // namespace obs::api
