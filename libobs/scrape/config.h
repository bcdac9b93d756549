// What to scrape: the scrape_configs of Prometheus' own configuration file, as far as obs has it
// (man obs-scrape(5)). A key that obs does not have is an error that names its line: nothing is
// left out without a word. Pure.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/exposition.h"
#include "libobs/codec/yaml.h"
#include "libobs/scrape/relabel.h"

namespace obs::scrape {

// Of an exporter that says no limit: a body larger than this is no body of metrics.
inline constexpr std::size_t kDefaultBodyBytes = 64 * kMiB;

struct BasicAuth {
  std::string username;
  std::string password;
  std::string password_file;  // Read at each scrape.
};

struct Authorization {
  std::string type = "Bearer";
  std::string credentials;
  std::string credentials_file;  // Read at each scrape.
};

struct TlsSettings {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool insecure_skip_verify = false;
};

// Some targets, with labels of their own.
struct TargetGroup {
  std::vector<std::string> targets;
  Labels labels;
};

struct FileDiscovery {
  std::vector<std::string> files;  // Paths whose last part may hold one *.
  Duration refresh_interval = 0;   // For compatibility: files are read again every two seconds.
};

// 0: no limit.
struct ScrapeLimits {
  std::size_t sample_limit = 0;
  std::size_t target_limit = 0;
  std::size_t label_limit = 0;
  std::size_t label_name_length_limit = 0;
  std::size_t label_value_length_limit = 0;
  std::size_t body_size_limit = kDefaultBodyBytes;
};

using Parameters = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct ScrapeConfig {
  std::string job_name;
  Duration interval = 0;  // 0: the global one, which load() puts in.
  Duration timeout = 0;
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  Parameters params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool enable_compression = true;
  std::vector<std::string> scrape_protocols;  // By their names, the best first. Empty: the default.
  std::optional<codec::ExpositionFormat> fallback;
  std::optional<BasicAuth> basic_auth;
  std::optional<Authorization> authorization;
  TlsSettings tls;
  ScrapeLimits limits;
  std::vector<TargetGroup> static_groups;
  std::vector<FileDiscovery> files;
  std::vector<RelabelStep> relabel;
  std::vector<RelabelStep> metric_relabel;
  std::string fingerprint;  // The same for the same settings.
};

struct Config {
  std::vector<ScrapeConfig> scrape_configs;
};

// kMalformed: "line 12: scrape_configs: unknown key 'jobname' (did you mean job_name?); known are
// …". Relative paths are taken from `dir`, that of the file.
Result<Config> parse_config(std::string_view text, const std::string& dir);

// The contents of a file of file_sd_configs, JSON or YAML.
Result<std::vector<TargetGroup>> parse_target_groups(std::string_view text);

}  // namespace obs::scrape
