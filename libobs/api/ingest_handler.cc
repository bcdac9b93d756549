#include "libobs/api/ingest_handler.h"

#include <functional>
#include <utility>

namespace obs::api {
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
  receiver_.receive(std::move(request), std::move(answer), [this](std::function<void()> work) {
    loop_.run_in_worker(std::move(work), [] {});
  });
}

proto::HttpResponse IngestHandler::on_refused(const proto::HttpRequest& request, int status,
                                              std::string_view why) {
  return receiver_.refuse(request, status, why);
}

}  // namespace obs::api
