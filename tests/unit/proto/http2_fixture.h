// For tests: an Http2Session with a handler whose answers are known.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/proto/http2_session.h"
#include "tests/unit/proto/http2_peer.h"

namespace obs::proto::test {

// Refuses /no, keeps /later until told, tells /open piece by piece, has trailers for /trailers, and
// answers everything else with its path at once.
class Handler final : public HttpSessionHandler {
 public:
  std::optional<HttpResponse> on_headers(const HttpRequest& request) override {
    ++heads;
    if (request.path != "/no") return std::nullopt;
    return HttpResponse{404, {}, "no"};
  }
  void on_request(HttpRequest request, std::uint64_t ticket) override {
    requests.push_back(request);
    if (request.path == "/later") {
      later.push_back(ticket);
    } else if (request.path == "/trailers") {
      session->answer(ticket, {200, {}, request.body, {{"grpc-status", "0"}}});
    } else {
      session->answer(ticket, {200, {}, request.path});
    }
  }
  HttpResponse on_refused(const HttpRequest&, int status, std::string_view) override {
    return {status, {}, "refused"};
  }
  std::string_view date() const override { return {}; }

  bool on_open(const HttpRequest& request, std::uint64_t ticket) override {
    if (request.path != "/open") return false;
    open.push_back(ticket);
    return true;
  }
  void on_data(std::uint64_t ticket, std::string_view bytes) override {
    told += fmt::format("{}:{} ", ticket, bytes.size());
  }
  void on_end(std::uint64_t ticket) override { told += fmt::format("{} end ", ticket); }
  void on_drain(std::uint64_t ticket) override { told += fmt::format("{} drain ", ticket); }
  void on_gone(std::uint64_t ticket) override { told += fmt::format("{} gone ", ticket); }

  Http2Session* session = nullptr;
  int heads = 0;
  std::vector<std::uint64_t> later;
  std::vector<std::uint64_t> open;
  std::vector<HttpRequest> requests;
  std::string told;
};

struct Fixture {
  explicit Fixture(Http2SessionLimits limits = {}, bool greets = true,
                   std::size_t budget_bytes = 100'000)
      : budget(budget_bytes), session(handler, budget, limits) {
    handler.session = &session;
    if (!greets) return;
    feed(greeting() + frame(kSettings, kAck, 0, ""));
    output();
  }
  void feed(std::string_view bytes) { session.feed(as_bytes(bytes)); }
  void answer(std::size_t index, std::string body) {
    session.answer(handler.later.at(index), {200, {}, std::move(body)});
  }
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    while (true) {
      const std::string bytes = session.take_output();
      if (bytes.empty()) return out;
      for (std::string& line : reader.read(bytes)) out.push_back(std::move(line));
    }
  }
  // The frames, separated by commas.
  std::string output() { return fmt::format("{}", fmt::join(lines(), ", ")); }

  Handler handler;
  MemoryBudget budget;
  Http2Reader reader;
  Http2Session session;
};

}  // namespace obs::proto::test
