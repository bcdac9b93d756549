#include "cmd/obs-store/options.h"

#include <fmt/format.h>

#include "libobs/net/listen_address.h"

namespace obs::store_command {
namespace {

constexpr std::string_view kHealthAddress = "127.0.0.1:4322";

// Its sources wait when it is full, where a sender would be refused. A flush of so much is final
// still: three fifths of it are 250,000 logs of 300 B.
constexpr std::size_t kQueueBytes = std::size_t{192} << 20;

Result<std::string> choose_http(const StoreOptions& options, bool endless) {
  if (options.http == "none") return std::string();
  if (options.http == "auto") return std::string(endless ? kHealthAddress : "");
  auto address = net::parse_listen_address(options.http);
  if (!address) return fail(std::move(address).error().during("--http"));
  return options.http;
}

Result<places::Address> parse_store(const std::string& text) {
  OBS_TRY(places::Address address, places::parse_address(text));
  if (address.scheme == "dir") return address;
  return fail(Errc::kInvalidArgument,
              fmt::format("--to {}: obs-store writes stores, such as dir:./data", address.text));
}

}  // namespace

void StoreOptions::declare(CLI::App& app) {
  app.add_option("--from", from, "Where records come from: -, file: or redis: (default -)")
      ->type_name("ADDRESS");
  app.add_option("--to", to, "The store (default $OBS_DIR, else dir:./data)")->type_name("ADDRESS");
  app.add_option(
         "--http", http,
         "Where to serve health and metrics: HOST:PORT, none, or auto: 127.0.0.1:4322 when\n"
         "the input has no end of its own (default auto)")
      ->type_name("ADDRESS");
  app.add_option("--port-file", port_file, "Write the port to this file once it is open")
      ->type_name("FILE");
  app.add_option("--flush-rows", flush_rows,
                 "Write a part when so many records of a signal wait (default 250000)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}).description(""))
      ->type_name("N");
  writer.declare(app);
  app.add_flag("--follow", follow, "Read on as the file of --from file: grows");
  app.add_flag("--strict", strict, "Refuse lines that are no JSON, which else become log bodies");
  app.add_flag("--check", check, "Say whether the options make sense, and end");
  app.add_flag("-v,--verbose", verbose, "Say more, and at the end what became of every record");
  care.declare(app);
}

Result<Settings> make_settings(const StoreOptions& options) {
  Settings settings;
  OBS_TRY(settings.from, places::parse_address(options.from));
  OBS_TRY(settings.to, parse_store(options.to.empty() ? app::default_store() : options.to));
  if (options.follow && settings.from.scheme != "file") {
    return fail(Errc::kInvalidArgument,
                "--follow is for --from file:PATH; others are read on anyway");
  }
  settings.endless = options.follow || settings.from.scheme.starts_with("redis");
  OBS_TRY(settings.http, choose_http(options, settings.endless));
  settings.writer.flush_rows = options.flush_rows;
  settings.writer.queue_bytes = kQueueBytes;
  OBS_TRY_VOID(options.writer.apply(settings.writer));
  return settings;
}

}  // namespace obs::store_command
