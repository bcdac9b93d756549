// What an HTTP/2 client sends; what comes out must not depend on how the bytes were cut, everything
// is answered, and nothing stays charged.

#include <string>

#include "libobs/proto/grpc.h"
#include "libobs/proto/http2_session.h"
#include "tests/fuzz/check.h"

namespace {

using namespace obs;
using namespace obs::proto;

// Notes requests; answers each at once, but every third later; tells bodies of /s piece by piece.
class Handler final : public HttpSessionHandler {
 public:
  std::optional<HttpResponse> on_headers(const HttpRequest& request) override {
    if (request.path.size() < 30) return std::nullopt;
    return HttpResponse{404, {}, "no"};
  }
  void on_request(HttpRequest request, std::uint64_t ticket) override {
    said += request.method + " " + request.path + "?" + request.query + "\n";
    for (const auto& [name, value] : request.headers) said += name + ": " + value + "\n";
    said += request.body + "\n";
    std::string_view rest = request.body;
    for (int i = 0; i < 4; ++i) {
      const auto message = next_grpc_message(rest, 1000);
      if (!message || !*message) break;
      fuzz::check((*message)->payload.size() <= 1000, "messages keep to their limit");
    }
    (void)parse_grpc_timeout(request.header("grpc-timeout"));
    if (ticket % 3 == 0) {
      later.push_back(ticket);
    } else {
      session->answer(ticket, is_grpc(request) ? grpc_success("x") : HttpResponse{200, {}, "ok"});
    }
  }
  HttpResponse on_refused(const HttpRequest&, int status, std::string_view why) override {
    said += std::string(why) + "\n";
    return {status, {}, std::string(why)};
  }
  std::string_view date() const override { return {}; }

  bool on_open(const HttpRequest& request, std::uint64_t ticket) override {
    if (request.path != "/s") return false;
    session->begin_answer(ticket, grpc_head());
    ++open;
    return true;
  }
  void on_data(std::uint64_t ticket, std::string_view bytes) override {
    said += bytes;
    session->send(ticket, bytes);
    session->take(ticket, bytes.size());
  }
  void on_end(std::uint64_t ticket) override {
    --open;
    session->answer(ticket, grpc_success(std::nullopt));
  }
  void on_gone(std::uint64_t) override { --open; }

  Http2Session* session = nullptr;
  std::vector<std::uint64_t> later;
  std::string said;
  int open = 0;
};

std::string run(std::string_view input, std::size_t step) {
  MemoryBudget budget{1 << 20};
  Handler handler;
  {
    Http2SessionLimits limits;
    limits.body_bytes = 4096;
    limits.streams = 8;
    Http2Session session(handler, budget, limits);
    handler.session = &session;
    session.feed(as_bytes(kHttp2Preface));
    Duration now = 0;
    while (!input.empty() && session.wants_input()) {
      session.feed(as_bytes(input.substr(0, step)));
      input.remove_prefix(std::min(step, input.size()));
      // Between pieces it sleeps wherever it may.
      while (!session.take_output().empty()) continue;
      session.tick(++now);
      session.tick(++now);
    }
    for (const std::uint64_t ticket : handler.later) session.answer(ticket, {200, {}, "late"});
    session.tick(kSecond);
    session.tick(kHour);
    session.finish();
    for (int i = 0; i < 100 && !session.take_output().empty(); ++i) continue;
    fuzz::check(handler.open >= 0, "what was opened ends once");
  }
  fuzz::check(budget.used() == 0, "nothing stays charged");
  return handler.said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  const std::string whole = run(input, size + 1);
  const std::string pieces = run(input, 5);
  // Cut input may be read less far (wants_input), never otherwise.
  fuzz::check(pieces.size() > whole.size() || whole.starts_with(pieces),
              "pieces are read like the whole");
  return 0;
}
