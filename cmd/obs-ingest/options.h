// The command line of obs-ingest(1), and what it means.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/obs-ingest/log_sources.h"
#include "libobs/api/api_key.h"
#include "libobs/api/cors.h"
#include "libobs/app/run.h"
#include "libobs/app/store_options.h"
#include "libobs/net/tls_server.h"
#include "libobs/pipeline/series_guard.h"
#include "libobs/places/batch_program.h"
#include "libobs/places/places.h"
#include "libobs/scrape/config.h"

namespace obs::ingest {

struct IngestOptions {
  static constexpr std::string_view kName = "obs-ingest";
  static constexpr std::string_view kSummary =
      "Receive telemetry over OTLP and more and write it to a store, a stream or a pipe";

  std::string http = "127.0.0.1:4318";
  std::string grpc = "127.0.0.1:4317";  // Or "none".
  std::vector<std::string> to;          // Empty: the default store.
  std::string max_body = "64MiB";
  std::string memory = "768MiB";
  int workers = 1;
  std::vector<std::string> cors_origins = {"*"};
  std::string scrape;  // A file of scrape_configs.
  pipeline::SeriesLimits series;
  std::string keys;            // The file of API keys; empty: nobody needs one.
  net::TlsFiles tls;           // None: in the clear.
  double client_requests = 0;  // A second and address; 0 is no limit.
  std::string client_bytes;    // The same.
  app::StoreOptions store;
  std::string pipe;       // A program, or
  std::string pipe_file;  // the file of one.
  std::string redact_key;
  std::string state;  // Where the program keeps what is undecided; empty: nowhere.
  LogSourceOptions logs;
  std::string port_file;
  std::string grpc_port_file;
  bool explain = false;
  bool check = false;
  bool verbose = false;

  void declare(CLI::App& app);
};

// The options, understood.
struct Settings {
  std::vector<places::Address> to;
  std::size_t body_bytes = 0;
  std::size_t request_bytes = 0;  // What requests may hold together, of --memory.
  api::CorsPolicy cors;
  std::optional<scrape::Config> scrape;  // None without --scrape.
  pipeline::SeriesLimits series;
  std::vector<api::ApiKey> keys;
  api::RateLimits client_limits;
  std::shared_ptr<const net::TlsContext> tls;  // Null: in the clear.
  store::WriterOptions store;
  places::ProgramPtr program;  // Null without --pipe and --pipe-file.
  std::string redact_key;      // Resolved.

  bool writes_to(std::string_view scheme) const;
};

// kInvalidArgument names the option and says what would be right.
Result<Settings> make_settings(const IngestOptions& options);

// The text of --pipe or, read now, of --pipe-file; empty when there is neither. kInvalidArgument
// says what is wrong with the options or the file.
Result<places::ProgramText> read_program_text(const IngestOptions& options,
                                              const std::string& redact_key);

// That program; null when there is none. kInvalidArgument says what is wrong with it and where.
Result<places::ProgramPtr> read_program(const IngestOptions& options,
                                        const std::string& redact_key);

// The keys of --keys, read now; without it, everybody may send. kInvalidArgument says what is wrong
// with the file and where.
Result<std::vector<api::ApiKey>> read_keys(const IngestOptions& options);

// The certificate and key of --tls-cert and --tls-key, read now; null when there are none.
// kInvalidArgument says what is wrong with them.
Result<std::shared_ptr<const net::TlsContext>> read_tls(const IngestOptions& options);

}  // namespace obs::ingest
