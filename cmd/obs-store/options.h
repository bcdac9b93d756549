// The command line of obs-store(1), and what it means.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/obs-store/care_options.h"
#include "libobs/app/run.h"
#include "libobs/app/store_options.h"
#include "libobs/places/places.h"

namespace obs::store_command {

struct StoreOptions {
  static constexpr std::string_view kName = "obs-store";
  static constexpr std::string_view kSummary =
      "Put a stream of records to rest in a store, or look after one";

  std::string from = "-";
  std::string to;  // Empty: the default store.
  std::string http = "auto";
  std::string port_file;
  std::uint64_t flush_rows = store::WriterOptions{}.flush_rows;
  app::StoreOptions writer;
  bool follow = false;
  bool strict = false;
  bool check = false;
  bool verbose = false;
  CareOptions care;

  void declare(CLI::App& app);
};

// The options, understood.
struct Settings {
  places::Address from;
  places::Address to;
  store::WriterOptions writer;
  std::string http;      // Empty: health and metrics are not served.
  bool endless = false;  // The input has no end of its own: a daemon, which says what it does.
};

// kInvalidArgument names the option and says what would be right.
Result<Settings> make_settings(const StoreOptions& options);

}  // namespace obs::store_command
