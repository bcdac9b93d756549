#include "cmd/obs-ingest/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/fs.h"
#include "libobs/base/text.h"
#include "libobs/net/listen_address.h"
#include "libobs/places/pipe_sink.h"
#include "libobs/places/secret.h"
#include "libobs/scrape/scraper.h"

namespace obs::ingest {
namespace {

// A record of a kilobyte fits with its resource; less would refuse what any SDK sends.
constexpr std::uint64_t kLeastBody = 4 * kKiB;
// Batches count bytes in 32 bits.
constexpr std::uint64_t kMostBody = kGiB;

Result<std::size_t> parse_max_body(const std::string& text) {
  const auto bytes = parse_size(text);
  if (bytes && *bytes >= kLeastBody && *bytes <= kMostBody) return std::size_t{*bytes};
  return fail(Errc::kInvalidArgument,
              fmt::format("--max-body {}: not a size between 4KiB and 1GiB", text));
}

// Less would not hold one body and what it becomes.
constexpr std::uint64_t kLeastMemory = 64 * kMiB;

Result<std::size_t> parse_memory(const std::string& text) {
  const auto bytes = parse_size(text);
  if (bytes && *bytes >= kLeastMemory) return std::size_t{*bytes};
  return fail(Errc::kInvalidArgument, fmt::format("--memory {}: not a size from 64MiB on", text));
}

Result<api::CorsPolicy> parse_origins(const std::vector<std::string>& origins) {
  if (origins == std::vector<std::string>{"none"}) return api::CorsPolicy();
  auto policy = api::CorsPolicy::make(origins);
  if (!policy) return fail(std::move(policy).error().during("--cors-origin"));
  return policy;
}

Result<api::RateLimits> parse_client_limits(const IngestOptions& options) {
  api::RateLimits limits;
  limits.requests = options.client_requests;
  if (options.client_bytes.empty()) return limits;
  const auto bytes = parse_size(options.client_bytes);
  if (!bytes || *bytes == 0)
    return fail(Errc::kInvalidArgument,
                fmt::format("--client-bytes {}: not a size above 0", options.client_bytes));
  limits.bytes = static_cast<double>(*bytes);
  return limits;
}

}  // namespace

void IngestOptions::declare(CLI::App& app) {
  app.add_option("--http", http,
                 "Where to listen: HOST:PORT, [IPV6]:PORT or :PORT\n"
                 "(default 127.0.0.1:4318; port 0 takes a free one)")
      ->type_name("ADDRESS");
  app.add_option("--grpc", grpc,
                 "Where to listen for gRPC, or none (default 127.0.0.1:4317). Both ports speak\n"
                 "both: HTTP/1.1, HTTP/2 and gRPC")
      ->type_name("ADDRESS");
  app.add_option("--to", to,
                 "Where records go: dir:, redis:, otlphttp:, file:, - or null:; repeatable\n"
                 "(default $OBS_DIR, else dir:./data)")
      ->allow_extra_args(false)
      ->type_name("ADDRESS");
  app.add_option("--max-body", max_body,
                 "The longest body taken, as sent and inflated (default 64MiB)")
      ->type_name("SIZE");
  app.add_option("--workers", workers,
                 "Event loops, each on a thread of its own, that share the ports (default 1)")
      ->check(CLI::Range(1, 256).description(""))
      ->type_name("N");
  app.add_option("--memory", memory,
                 "What requests, records not yet in a part, flushes and merges may need together\n"
                 "(default 768MiB)")
      ->type_name("SIZE");
  app.add_option("--cors-origin", cors_origins,
                 "Whose web pages may send: *, SCHEME://HOST[:PORT] with at most one *, or none;\n"
                 "repeat it for several (default *)")
      ->allow_extra_args(false)
      ->type_name("ORIGIN");
  app.add_option("--keys", keys,
                 "API keys, as obs-keys(5) has them, read again at each SIGHUP; without it\n"
                 "everybody may send")
      ->type_name("FILE");
  app.add_option("--tls-cert", tls.certificate,
                 "Speak TLS alone, with this certificate (PEM, with what leads to its root),\n"
                 "read again at each SIGHUP")
      ->type_name("FILE");
  app.add_option("--tls-key", tls.key, "The key of that certificate (PEM)")->type_name("FILE");
  app.add_option("--tls-client-ca", tls.client_ca,
                 "Who signs the certificates that clients must show (PEM)")
      ->type_name("FILE");
  app.add_option("--client-requests", client_requests,
                 "Requests a second that one address may send (default: any number)")
      ->check(CLI::Range(0.001, 1e9).description(""))
      ->type_name("N");
  app.add_option("--client-bytes", client_bytes,
                 "Bytes a second that one address may send (default: any number)")
      ->type_name("SIZE");
  app.add_option("--scrape", scrape,
                 "Scrape the targets of this file of scrape_configs, read again at each SIGHUP:\n"
                 "see obs-scrape(5)")
      ->type_name("FILE");
  app.add_option("--max-series-per-metric", series.series_per_metric,
                 "New series of a metric that has as many are refused (default 200000; 0: none)")
      ->type_name("N");
  app.add_option("--max-values-per-label", series.values_per_label,
                 "New values of a label that has as many are refused (default 200000; 0: none)")
      ->type_name("N");
  store.declare(app);
  app.add_option("--pipe", pipe,
                 "A program of obs-pipeline(7) over what was received, as in 'redact email'")
      ->type_name("PROGRAM");
  app.add_option("--pipe-file", pipe_file, "The same from a file, read again at each SIGHUP")
      ->type_name("FILE");
  app.add_option("--redact-key", redact_key,
                 "The secret of `redact ... with hash`: @FILE, exec:COMMAND or the key itself")
      ->type_name("SECRET");
  logs.declare(app);
  app.add_option("--state", state,
                 "Where `tailsample` keeps what it has not decided: a directory of its own")
      ->type_name("DIR");
  app.add_option("--port-file", port_file, "Write the port to this file once it is open")
      ->type_name("FILE");
  app.add_option("--grpc-port-file", grpc_port_file, "The same for the port of --grpc")
      ->type_name("FILE");
  app.add_flag("--explain", explain, "Say how the program of --pipe would run, and end");
  app.add_flag("--check", check, "Say whether the options make sense, and end");
  app.add_flag("-v,--verbose", verbose, "Say more, and at the end what became of every record");
}

bool Settings::writes_to(std::string_view scheme) const {
  return std::any_of(to.begin(), to.end(),
                     [&](const places::Address& address) { return address.scheme == scheme; });
}

Result<Settings> make_settings(const IngestOptions& options) {
  Settings settings;
  if (auto address = net::parse_listen_address(options.http); !address)
    return fail(std::move(address).error().during("--http"));
  if (auto address = net::parse_listen_address(options.grpc); options.grpc != "none" && !address)
    return fail(std::move(address).error().during("--grpc"));
  OBS_TRY_VOID(options.logs.check(!options.tls.certificate.empty()));
  OBS_TRY(settings.body_bytes, parse_max_body(options.max_body));
  OBS_TRY(settings.cors, parse_origins(options.cors_origins));
  settings.series = options.series;
  if (!options.scrape.empty()) {
    OBS_TRY(settings.scrape, scrape::load_config(options.scrape));
  }
  OBS_TRY(settings.keys, read_keys(options));
  OBS_TRY(settings.tls, read_tls(options));
  OBS_TRY(settings.client_limits, parse_client_limits(options));
  const std::vector<std::string> places =
      options.to.empty() ? std::vector<std::string>{app::default_store()} : options.to;
  for (const std::string& text : places) {
    OBS_TRY(places::Address address, places::parse_address(text));
    settings.to.push_back(std::move(address));
  }
  OBS_TRY_VOID(options.store.apply(settings.store));
  OBS_TRY(const std::size_t memory, parse_memory(options.memory));
  // What is left is for flushes, merges and the program itself.
  settings.request_bytes = memory / 4;
  // A body is held as it came (compressed to two thirds at most), inflated and decoded. One that
  // would never find room for that is too large (413), and not to be tried again (503).
  settings.body_bytes = std::min(settings.body_bytes, memory / 8);
  settings.store.queue_bytes = memory / 16 * 5;
  OBS_TRY(settings.redact_key, places::resolve_secret(options.redact_key));
  OBS_TRY(settings.program, read_program(options, settings.redact_key));
  if (settings.program) OBS_TRY_VOID(places::check_state(*settings.program, options.state));
  return settings;
}

Result<std::vector<api::ApiKey>> read_keys(const IngestOptions& options) {
  if (options.keys.empty()) {
    api::ApiKey anybody;
    anybody.name = anybody.project;
    anybody.anonymous = true;
    return std::vector<api::ApiKey>{std::move(anybody)};
  }
  auto text = system_fs().read_file(options.keys);
  if (!text) return fail(Errc::kInvalidArgument, text.error().message);
  auto keys = api::parse_api_keys(*text);
  if (keys) return keys;
  return fail(Errc::kInvalidArgument, fmt::format("{}: {}", options.keys, keys.error().message));
}

Result<std::shared_ptr<const net::TlsContext>> read_tls(const IngestOptions& options) {
  const net::TlsFiles& files = options.tls;
  if (files.certificate.empty() && files.key.empty() && files.client_ca.empty())
    return std::shared_ptr<const net::TlsContext>();
  if (files.certificate.empty() || files.key.empty())
    return fail(Errc::kInvalidArgument, "TLS needs both --tls-cert and --tls-key");
  return net::TlsContext::load(files);
}

Result<places::ProgramText> read_program_text(const IngestOptions& options,
                                              const std::string& redact_key) {
  places::ProgramText source{options.pipe, "", redact_key};
  if (options.pipe_file.empty()) return source;
  if (!options.pipe.empty())
    return fail(Errc::kInvalidArgument, "--pipe and --pipe-file: one program, please");
  auto text = system_fs().read_file(options.pipe_file);
  if (!text) return fail(Errc::kInvalidArgument, text.error().message);
  source.text = std::move(*text);
  source.name = options.pipe_file;
  return source;
}

Result<places::ProgramPtr> read_program(const IngestOptions& options,
                                        const std::string& redact_key) {
  if (options.pipe_file.empty() && options.pipe.empty()) return places::ProgramPtr();
  OBS_TRY(const places::ProgramText source, read_program_text(options, redact_key));
  return places::BatchProgram::compile(source);
}

}  // namespace obs::ingest
