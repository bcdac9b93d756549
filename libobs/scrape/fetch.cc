#include "libobs/scrape/fetch.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/codec/compress.h"

namespace obs::scrape {
namespace {

// Of a body whose config says there is no limit.
constexpr std::size_t kMostBody = kGiB;

struct Protocol {
  std::string_view name;
  std::string_view accept;
};
constexpr Protocol kProtocols[] = {
    {"OpenMetricsText1.0.0", "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"},
    {"OpenMetricsText0.0.1", "application/openmetrics-text;version=0.0.1"},
    {"PrometheusText1.0.0", "text/plain;version=1.0.0;escaping=allow-utf-8"},
    {"PrometheusText0.0.4", "text/plain;version=0.0.4"},
    {"PrometheusProto",
     "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
     "escaping=allow-utf-8"},
};

std::size_t most_body(const ScrapeConfig& config) {
  return config.limits.body_size_limit == 0 ? kMostBody : config.limits.body_size_limit;
}

Result<std::string> read_secret(const std::string& text, const std::string& file) {
  if (file.empty()) return text;
  OBS_TRY(const std::string read, system_fs().read_file(file));
  return std::string(trim(read));
}

}  // namespace

std::string accept_header(const std::vector<std::string>& protocols) {
  std::vector<std::string_view> wanted;
  for (const std::string& name : protocols) {
    for (const Protocol& protocol : kProtocols) {
      if (protocol.name == name) wanted.push_back(protocol.accept);
    }
  }
  if (wanted.empty()) {
    for (std::size_t i = 0; i < 4; ++i) wanted.push_back(kProtocols[i].accept);
  }
  std::string header;
  std::size_t weight = wanted.size() + 1;
  for (const std::string_view accept : wanted) {
    header += fmt::format("{};q=0.{},", accept, weight--);
  }
  return header + fmt::format("*/*;q=0.{}", weight);
}

Result<std::unique_ptr<Fetcher>> Fetcher::open(std::shared_ptr<const Target> target) {
  const TlsSettings& tls = target->config->tls;
  OBS_TRY(auto client, net::HttpClient::open(
                           {tls.ca_file, tls.cert_file, tls.key_file, tls.insecure_skip_verify}));
  return std::unique_ptr<Fetcher>(new Fetcher(std::move(target), std::move(client)));
}

Fetcher::Fetcher(std::shared_ptr<const Target> target, std::unique_ptr<net::HttpClient> client)
    : target_(std::move(target)),
      client_(std::move(client)),
      accept_(accept_header(target_->config->scrape_protocols)) {}

Result<proto::HttpHeaders> Fetcher::headers() const {
  const ScrapeConfig& config = *target_->config;
  proto::HttpHeaders headers = {
      {"Accept", accept_},
      {"Accept-Encoding", config.enable_compression ? "gzip" : "identity"},
      {"X-Prometheus-Scrape-Timeout-Seconds",
       fmt::format("{}", static_cast<double>(target_->timeout) / static_cast<double>(kSecond))}};
  if (config.basic_auth) {
    OBS_TRY(const std::string password,
            read_secret(config.basic_auth->password, config.basic_auth->password_file));
    std::string value = "Basic ";
    append_base64(value, as_bytes(config.basic_auth->username + ":" + password));
    headers.emplace_back("Authorization", std::move(value));
  }
  if (config.authorization) {
    OBS_TRY(const std::string credentials,
            read_secret(config.authorization->credentials, config.authorization->credentials_file));
    headers.emplace_back("Authorization", config.authorization->type + " " + credentials);
  }
  return headers;
}

Result<codec::Exposition> Fetcher::fetch() {
  net::HttpCall call;
  call.method = "GET";
  call.url = target_->url;
  OBS_TRY(call.headers, headers());
  call.timeout = target_->timeout;
  call.most_answer = most_body(*target_->config) + 1;
  OBS_TRY(proto::HttpResponse answer, client_->send(call));
  auto read = read_answer(*target_->config, std::move(answer));
  if (!read) return fail(std::move(read).error().during("scrape " + target_->url));
  return read;
}

Result<codec::Exposition> read_answer(const ScrapeConfig& config, proto::HttpResponse&& answer) {
  if (answer.status != 200) {
    return fail(Errc::kMalformed,
                fmt::format("it answered {} {}", answer.status, proto::http_reason(answer.status)));
  }
  const std::size_t most = most_body(config);
  if (answer.body.size() > most) {
    return fail(Errc::kLimitExceeded, fmt::format("its body is larger than {} bytes "
                                                  "(body_size_limit)",
                                                  most));
  }
  const std::string_view type = proto::find_header(answer.headers, "content-type");
  const auto format = codec::find_exposition_format(type);
  if (!format && !config.fallback) {
    return fail(Errc::kMalformed, fmt::format("its Content-Type '{}' is none that can be scraped; "
                                              "fallback_scrape_protocol says what to take it for",
                                              type));
  }
  const auto coding =
      codec::parse_compression(trim(proto::find_header(answer.headers, "content-encoding")));
  if (!coding) return fail(Errc::kMalformed, "its Content-Encoding is unknown");
  std::string body = std::move(answer.body);
  if (*coding != codec::Compression::kNone) {
    OBS_TRY(body, codec::decompress(*coding, body, most));
  }
  return codec::parse_exposition(
      format.value_or(config.fallback.value_or(codec::ExpositionFormat::kText)), std::move(body));
}

}  // namespace obs::scrape
