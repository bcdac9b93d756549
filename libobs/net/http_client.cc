#include "libobs/net/http_client.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/net/http_client_curl.h"

namespace obs::net {
namespace {

constexpr std::size_t kMaxAnswer = kMiB;
constexpr std::size_t kMaxHeaders = 64 * kKiB;
constexpr long kConnectMs = 10'000;

struct Answer {
  proto::HttpResponse response;
  std::size_t header_bytes = 0;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& body = static_cast<Answer*>(to)->response.body;
  // Cut, not refused: what a peer says about a request is told in its first lines.
  body.append(data, std::min(size, kMaxAnswer - body.size()));
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

int check_interrupted(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

class CurlClient final : public HttpClient {
 public:
  CurlClient(const Curl& curl, CURL* easy, HttpClientOptions options)
      : curl_(curl), easy_(easy, curl.easy_cleanup), options_(std::move(options)) {}

  Result<proto::HttpResponse> send(const HttpCall& call) override {
    HeaderList headers(nullptr, curl_.slist_free_all);
    OBS_TRY_VOID(add_headers(call.headers, headers));
    Answer answer;
    prepare(call, headers.get(), answer);
    const CURLcode code = curl_.easy_perform(easy_.get());
    if (code != CURLE_OK) return refuse(call, code);
    long status = 0;
    curl_.easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.response.status = static_cast<int>(status);
    return std::move(answer.response);
  }

  void interrupt() override { interrupted_ = true; }

 private:
  using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

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
    curl_slist* longer = curl_.slist_append(list.get(), line.c_str());
    (void)list.release();  // Now part of `longer`.
    list.reset(longer);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    // These options cannot fail but for lack of memory.
    curl_.easy_setopt(easy_.get(), option, value);
  }

  // A reset keeps connections, TLS sessions and the cache of names.
  void prepare(const HttpCall& call, curl_slist* headers, Answer& answer) {
    curl_.easy_reset(easy_.get());
    set(CURLOPT_URL, call.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
    if (call.method == "POST" || !call.body.empty()) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
      set(CURLOPT_POSTFIELDS, call.body.data() ? call.body.data() : "");
    }
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_USERAGENT, "obs/" OBS_VERSION);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout / kMillisecond));
    set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, check_interrupted);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&interrupted_));
  }

  Failure<Error> refuse(const HttpCall& call, CURLcode code) const {
    const bool ours = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                      code == CURLE_SSL_CACERT_BADFILE;
    return fail(ours ? Errc::kInvalidArgument : Errc::kUnavailable,
                fmt::format("{} {}: {}", call.method, call.url, curl_.easy_strerror(code)));
  }

  const Curl& curl_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  const HttpClientOptions options_;
  std::atomic<bool> interrupted_{false};
};

}  // namespace

Result<std::unique_ptr<HttpClient>> HttpClient::open(HttpClientOptions options) {
  OBS_TRY(const Curl* curl, load_curl());
  CURL* easy = curl->easy_init();
  if (!easy) return fail(Errc::kUnavailable, "libcurl: out of memory");
  return std::make_unique<CurlClient>(*curl, easy, std::move(options));
}

}  // namespace obs::net
