#include "libobs/net/http_client.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/net/http_client_curl.h"

namespace obs::net {
namespace {

constexpr std::size_t kMaxHeaders = 64 * kKiB;
constexpr long kConnectMs = 10'000;

struct Answer {
  proto::HttpResponse response;
  std::size_t most = 0;
  std::size_t header_bytes = 0;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  std::string& body = answer.response.body;
  // Cut, not refused: what a peer says about a request is told in its first lines.
  body.append(data, std::min(size, answer.most - body.size()));
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  const std::string_view line(data, size);
  answer.header_bytes += size;
  if (answer.header_bytes > kMaxHeaders) return 0;  // Ends the call.
  // A 100 Continue before the answer has headers of its own.
  if (line.starts_with("HTTP/")) answer.response.headers.clear();
  if (const auto colon = line.find(':'); colon != line.npos) {
    answer.response.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size;
}

int check_end(void* end, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
  return system_clock().monotonic() >= *static_cast<const std::atomic<Duration>*>(end) ? 1 : 0;
}

class CurlClient final : public HttpClient {
 public:
  CurlClient(const curl::Functions& functions, curl::Easy* easy, HttpClientOptions options)
      : curl_(functions), easy_(easy, functions.easy_cleanup), options_(std::move(options)) {}

  Result<proto::HttpResponse> send(const HttpCall& call) override {
    HeaderList headers(nullptr, curl_.slist_free_all);
    OBS_TRY_VOID(add_headers(call.headers, headers));
    Answer answer;
    answer.most = call.most_answer;
    prepare(call, headers.get(), answer);
    const curl::Code code = curl_.easy_perform(easy_.get());
    if (code != curl::kOk) return refuse(call, code);
    long status = 0;
    curl_.easy_getinfo(easy_.get(), curl::kResponseCode, &status);
    answer.response.status = static_cast<int>(status);
    return std::move(answer.response);
  }

  void end_at(Duration time) override { end_ = time; }

 private:
  using HeaderList = std::unique_ptr<curl::List, void (*)(curl::List*)>;

  Result<void> add_headers(const proto::HttpHeaders& headers, HeaderList& list) const {
    // libcurl would ask for a 100 Continue before large bodies, and wait a second for peers that
    // know nothing of it.
    add_line("Expect:", list);
    for (const auto& [name, value] : headers) {
      const std::string line = fmt::format("{}: {}", name, value);
      if (line.find_first_of("\r\n") != line.npos) {
        return fail(Errc::kInvalidArgument, fmt::format("header {} holds a line end", name));
      }
      add_line(line, list);
    }
    return {};
  }

  void add_line(const std::string& line, HeaderList& list) const {
    curl::List* longer = curl_.slist_append(list.get(), line.c_str());
    (void)list.release();  // Now part of `longer`.
    list.reset(longer);
  }

  template <class Value>
  void set(curl::Option option, Value value) {
    // These options cannot fail but for lack of memory.
    curl_.easy_setopt(easy_.get(), option, value);
  }

  // A reset keeps connections, TLS sessions and the cache of names.
  void prepare(const HttpCall& call, curl::List* headers, Answer& answer) {
    curl_.easy_reset(easy_.get());
    set(curl::kUrl, call.url.c_str());
    set(curl::kProtocols, "http,https");
    set(curl::kCustomRequest, call.method.c_str());
    if (call.method == "POST" || !call.body.empty()) {
      set(curl::kPostFieldSize, static_cast<std::int64_t>(call.body.size()));
      set(curl::kPostFields, call.body.data() ? call.body.data() : "");
    }
    set(curl::kHttpHeader, headers);
    set(curl::kUserAgent, "obs/" OBS_VERSION);
    set(curl::kNoSignal, 1L);
    set(curl::kTimeoutMs, static_cast<long>(call.timeout / kMillisecond));
    set(curl::kConnectTimeoutMs, kConnectMs);
    if (!options_.ca_file.empty()) set(curl::kCaInfo, options_.ca_file.c_str());
    if (!options_.cert_file.empty()) set(curl::kSslCert, options_.cert_file.c_str());
    if (!options_.key_file.empty()) set(curl::kSslKey, options_.key_file.c_str());
    if (options_.insecure) {
      set(curl::kSslVerifyPeer, 0L);
      set(curl::kSslVerifyHost, 0L);
    }
    set(curl::kWriteFunction, take_body);
    set(curl::kWriteData, static_cast<void*>(&answer));
    set(curl::kHeaderFunction, take_header);
    set(curl::kHeaderData, static_cast<void*>(&answer));
    set(curl::kNoProgress, 0L);
    set(curl::kProgressFunction, check_end);
    set(curl::kProgressData, static_cast<void*>(&end_));
  }

  Failure<Error> refuse(const HttpCall& call, curl::Code code) const {
    const bool ours = code == curl::kUrlMalformat || code == curl::kUnsupportedProtocol ||
                      code == curl::kCaFileBad;
    return fail(ours ? Errc::kInvalidArgument : Errc::kUnavailable,
                fmt::format("{} {}: {}", call.method, call.url, curl_.easy_strerror(code)));
  }

  const curl::Functions& curl_;
  std::unique_ptr<curl::Easy, void (*)(curl::Easy*)> easy_;
  const HttpClientOptions options_;
  std::atomic<Duration> end_{std::numeric_limits<Duration>::max()};
};

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::open(HttpClientOptions options) {
  OBS_TRY(const curl::Functions* functions, curl::load());
  curl::Easy* easy = functions->easy_init();
  if (!easy) return fail(Errc::kUnavailable, "libcurl: out of memory");
  return std::make_unique<CurlClient>(*functions, easy, std::move(options));
}

}  // namespace obs::net
