#include "cmd/obs-ingest/options.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/net/listen_address.h"

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

Result<api::CorsPolicy> parse_origins(const std::vector<std::string>& origins) {
  if (origins == std::vector<std::string>{"none"}) return api::CorsPolicy();
  auto policy = api::CorsPolicy::make(origins);
  if (!policy) return fail(std::move(policy).error().during("--cors-origin"));
  return policy;
}

}  // namespace

void IngestOptions::declare(CLI::App& app) {
  app.add_option("--http", http,
                 "Where to listen: HOST:PORT, [IPV6]:PORT or :PORT\n"
                 "(default 127.0.0.1:4318; port 0 takes a free one)")
      ->type_name("ADDRESS");
  app.add_option("--to", to,
                 "Where records go: dir:, redis:, otlphttp:, file: or -; repeat it for several\n"
                 "(default $OBS_DIR, else dir:./data)")
      ->allow_extra_args(false)
      ->type_name("ADDRESS");
  app.add_option("--max-body", max_body,
                 "The longest body taken, as sent and inflated (default 64MiB)")
      ->type_name("SIZE");
  app.add_option("--cors-origin", cors_origins,
                 "Whose web pages may send: *, SCHEME://HOST[:PORT] with at most one *, or none;\n"
                 "repeat it for several (default *)")
      ->allow_extra_args(false)
      ->type_name("ORIGIN");
  app.add_option("--port-file", port_file, "Write the port to this file once it is open")
      ->type_name("FILE");
  app.add_flag("--check", check, "Say whether the options make sense, and end");
  app.add_flag("-v,--verbose", verbose, "Say more, and at the end what became of every record");
}

bool Settings::writes_stdout() const {
  return std::any_of(to.begin(), to.end(),
                     [](const places::Address& address) { return address.scheme == "-"; });
}

Result<Settings> make_settings(const IngestOptions& options) {
  Settings settings;
  if (auto address = net::parse_listen_address(options.http); !address)
    return fail(std::move(address).error().during("--http"));
  OBS_TRY(settings.body_bytes, parse_max_body(options.max_body));
  OBS_TRY(settings.cors, parse_origins(options.cors_origins));
  const std::vector<std::string> places =
      options.to.empty() ? std::vector<std::string>{app::default_store()} : options.to;
  for (const std::string& text : places) {
    OBS_TRY(places::Address address, places::parse_address(text));
    settings.to.push_back(std::move(address));
  }
  return settings;
}

}  // namespace obs::ingest
