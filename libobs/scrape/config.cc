#include "libobs/scrape/config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "libobs/scrape/config_fields.h"

namespace obs::scrape {
namespace {

constexpr Duration kDefaultInterval = kMinute;
constexpr Duration kDefaultTimeout = 10 * kSecond;

Result<void> read_labels(const YamlNode& node, Labels& out) {
  if (node.kind == YamlNode::Kind::kNull) return {};
  if (node.kind != YamlNode::Kind::kMap) return fail(Errc::kMalformed, "no map");
  for (const auto& [name, value] : node.entries) {
    OBS_TRY_VOID(read_text(value, out[name]));
  }
  return {};
}

Result<void> read_params(const YamlNode& node, Parameters& out) {
  if (node.kind != YamlNode::Kind::kMap) return fail(Errc::kMalformed, "no map of lists");
  for (const auto& [name, values] : node.entries) {
    OBS_TRY_VOID(read_texts(values, out.emplace_back(name, std::vector<std::string>()).second));
  }
  return {};
}

Result<void> read_scheme(const YamlNode& node, ScrapeConfig& out) {
  if (node.scalar != "http" && node.scalar != "https") {
    return fail(Errc::kMalformed, fmt::format("'{}' is neither http nor https", node.scalar));
  }
  out.scheme = node.scalar;
  return {};
}

Result<codec::ExpositionFormat> read_protocol(const std::string& name) {
  if (const auto format = codec::parse_exposition_name(name)) return *format;
  return fail(Errc::kMalformed,
              fmt::format("'{}' is not one of PrometheusProto, PrometheusText0.0.4, "
                          "PrometheusText1.0.0, OpenMetricsText0.0.1, OpenMetricsText1.0.0",
                          name));
}

#define OBS_TEXT(T, member) [](const YamlNode& node, T& out) { return read_text(node, out.member); }
#define OBS_FLAG(T, member) [](const YamlNode& node, T& out) { return read_flag(node, out.member); }
#define OBS_COUNT(member) \
  [](const YamlNode& node, ScrapeConfig& out) { return read_count(node, out.limits.member); }

const Field<BasicAuth> kBasicAuth[] = {
    {"username", OBS_TEXT(BasicAuth, username)},
    {"password", OBS_TEXT(BasicAuth, password)},
    {"password_file", OBS_TEXT(BasicAuth, password_file)},
};

const Field<Authorization> kAuthorization[] = {
    {"type", OBS_TEXT(Authorization, type)},
    {"credentials", OBS_TEXT(Authorization, credentials)},
    {"credentials_file", OBS_TEXT(Authorization, credentials_file)},
};

const Field<TlsSettings> kTls[] = {
    {"ca_file", OBS_TEXT(TlsSettings, ca_file)},
    {"cert_file", OBS_TEXT(TlsSettings, cert_file)},
    {"key_file", OBS_TEXT(TlsSettings, key_file)},
    {"insecure_skip_verify", OBS_FLAG(TlsSettings, insecure_skip_verify)},
};

const Field<TargetGroup> kGroup[] = {
    {"targets",
     [](const YamlNode& node, TargetGroup& out) { return read_texts(node, out.targets); }},
    {"labels",
     [](const YamlNode& node, TargetGroup& out) { return read_labels(node, out.labels); }},
};

const Field<FileDiscovery> kFiles[] = {
    {"files", [](const YamlNode& node, FileDiscovery& out) { return read_texts(node, out.files); }},
    {"refresh_interval",
     [](const YamlNode& node, FileDiscovery& out) {
       return read_interval(node, out.refresh_interval);
     }},
};

const Field<RelabelStep> kRelabel[] = {
    {"source_labels",
     [](const YamlNode& node, RelabelStep& out) { return read_texts(node, out.source_labels); }},
    {"separator", OBS_TEXT(RelabelStep, separator)},
    {"regex",
     [](const YamlNode& node, RelabelStep& out) -> Result<void> {
       OBS_TRY(out.regex, compile_relabel_regex(node.scalar));
       return {};
     }},
    {"modulus",
     [](const YamlNode& node, RelabelStep& out) {
       std::size_t modulus = 0;
       auto read = read_count(node, modulus);
       out.modulus = modulus;
       return read;
     }},
    {"target_label", OBS_TEXT(RelabelStep, target_label)},
    {"replacement", OBS_TEXT(RelabelStep, replacement)},
    {"action",
     [](const YamlNode& node, RelabelStep& out) -> Result<void> {
       OBS_TRY(out.action, parse_relabel_action(node.scalar));
       return {};
     }},
};

Result<void> read_relabel(const YamlNode& node, std::vector<RelabelStep>& out) {
  OBS_TRY_VOID(read_list<RelabelStep>(node, "relabel_configs", kRelabel, out));
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (const auto wrong = check_step(out[i]); !wrong.empty()) return fail_at(node.items[i], wrong);
  }
  return {};
}

const Field<ScrapeConfig> kScrape[] = {
    {"job_name", OBS_TEXT(ScrapeConfig, job_name)},
    {"scrape_interval",
     [](const YamlNode& node, ScrapeConfig& out) { return read_interval(node, out.interval); }},
    {"scrape_timeout",
     [](const YamlNode& node, ScrapeConfig& out) { return read_interval(node, out.timeout); }},
    {"metrics_path", OBS_TEXT(ScrapeConfig, metrics_path)},
    {"scheme", read_scheme},
    {"params",
     [](const YamlNode& node, ScrapeConfig& out) { return read_params(node, out.params); }},
    {"honor_labels", OBS_FLAG(ScrapeConfig, honor_labels)},
    {"honor_timestamps", OBS_FLAG(ScrapeConfig, honor_timestamps)},
    {"enable_compression", OBS_FLAG(ScrapeConfig, enable_compression)},
    {"scrape_protocols",
     [](const YamlNode& node, ScrapeConfig& out) -> Result<void> {
       OBS_TRY_VOID(read_texts(node, out.scrape_protocols));
       for (const std::string& name : out.scrape_protocols) OBS_TRY_VOID(read_protocol(name));
       return {};
     }},
    {"fallback_scrape_protocol",
     [](const YamlNode& node, ScrapeConfig& out) -> Result<void> {
       OBS_TRY(out.fallback, read_protocol(node.scalar));
       return {};
     }},
    {"basic_auth",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_map<BasicAuth>(node, "basic_auth", kBasicAuth, out.basic_auth.emplace());
     }},
    {"authorization",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_map<Authorization>(node, "authorization", kAuthorization,
                                      out.authorization.emplace());
     }},
    {"tls_config",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_map<TlsSettings>(node, "tls_config", kTls, out.tls);
     }},
    {"sample_limit", OBS_COUNT(sample_limit)},
    {"target_limit", OBS_COUNT(target_limit)},
    {"label_limit", OBS_COUNT(label_limit)},
    {"label_name_length_limit", OBS_COUNT(label_name_length_limit)},
    {"label_value_length_limit", OBS_COUNT(label_value_length_limit)},
    {"body_size_limit",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_size(node, out.limits.body_size_limit);
     }},
    {"static_configs",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_list<TargetGroup>(node, "static_configs", kGroup, out.static_groups);
     }},
    {"file_sd_configs",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_list<FileDiscovery>(node, "file_sd_configs", kFiles, out.files);
     }},
    {"relabel_configs",
     [](const YamlNode& node, ScrapeConfig& out) { return read_relabel(node, out.relabel); }},
    {"metric_relabel_configs",
     [](const YamlNode& node, ScrapeConfig& out) {
       return read_relabel(node, out.metric_relabel);
     }},
};

struct Global {
  Duration interval = kDefaultInterval;
  Duration timeout = 0;
};

const Field<Global> kGlobal[] = {
    {"scrape_interval",
     [](const YamlNode& node, Global& out) { return read_interval(node, out.interval); }},
    {"scrape_timeout",
     [](const YamlNode& node, Global& out) { return read_interval(node, out.timeout); }},
    // Of rules, which are not scraped.
    {"evaluation_interval",
     [](const YamlNode& node, Global&) {
       Duration ignored = 0;
       return read_interval(node, ignored);
     }},
};

struct File {
  Global global;
  std::vector<ScrapeConfig> scrape_configs;
  const YamlNode* scrape_node = nullptr;
};

const Field<File> kFile[] = {
    {"global", [](const YamlNode& node,
                  File& out) { return read_map<Global>(node, "global", kGlobal, out.global); }},
    {"scrape_configs",
     [](const YamlNode& node, File& out) {
       out.scrape_node = &node;
       return read_list<ScrapeConfig>(node, "scrape_configs", kScrape, out.scrape_configs);
     }},
};

#undef OBS_TEXT
#undef OBS_FLAG
#undef OBS_COUNT

void settle_paths(ScrapeConfig& config, const std::string& dir) {
  const auto settle = [&dir](std::string& path) {
    if (!path.empty() && path.front() != '/' && !dir.empty()) path.insert(0, dir + "/");
  };
  settle(config.tls.ca_file);
  settle(config.tls.cert_file);
  settle(config.tls.key_file);
  if (config.basic_auth) settle(config.basic_auth->password_file);
  if (config.authorization) settle(config.authorization->credentials_file);
  for (FileDiscovery& discovery : config.files) {
    for (std::string& file : discovery.files) settle(file);
  }
}

// Global values where there are none of its own; then what they say must make sense together.
Result<void> settle_times(const Global& global, const YamlNode& node, ScrapeConfig& config) {
  if (config.interval == 0) config.interval = global.interval;
  const bool own_timeout = config.timeout != 0;
  if (!own_timeout) config.timeout = global.timeout != 0 ? global.timeout : kDefaultTimeout;
  if (config.timeout <= config.interval) return {};
  if (own_timeout) {
    return fail_at(node, fmt::format("job {}: scrape_timeout is longer than scrape_interval",
                                     config.job_name));
  }
  config.timeout = config.interval;
  return {};
}

Result<void> settle(const Global& global, const YamlNode& node, const std::string& dir,
                    ScrapeConfig& config) {
  if (config.job_name.empty()) return fail_at(node, "a scrape config has no job_name");
  if (config.basic_auth && config.authorization) {
    return fail_at(
        node, fmt::format("job {}: basic_auth and authorization: one, please", config.job_name));
  }
  for (const FileDiscovery& discovery : config.files) {
    if (discovery.files.empty()) return fail_at(node, "file_sd_configs: no files");
  }
  OBS_TRY_VOID(settle_times(global, node, config));
  settle_paths(config, dir);
  config.fingerprint =
      fmt::format("{} {} {} {}", config.interval, config.timeout, dir, codec::to_text(node));
  return {};
}

}  // namespace

Result<Config> parse_config(std::string_view text, const std::string& dir) {
  OBS_TRY(const YamlNode root, codec::parse_yaml(text));
  File file;
  OBS_TRY_VOID(read_map<File>(root, "the file", kFile, file));
  std::set<std::string> jobs;
  for (std::size_t i = 0; i < file.scrape_configs.size(); ++i) {
    const YamlNode& node = file.scrape_node->items[i];
    ScrapeConfig& config = file.scrape_configs[i];
    OBS_TRY_VOID(settle(file.global, node, dir, config));
    if (!jobs.insert(config.job_name).second) {
      return fail_at(node, fmt::format("job_name {} is there twice", config.job_name));
    }
  }
  return Config{std::move(file.scrape_configs)};
}

Result<std::vector<TargetGroup>> parse_target_groups(std::string_view text) {
  OBS_TRY(const YamlNode root, codec::parse_yaml(text));
  std::vector<TargetGroup> groups;
  OBS_TRY_VOID(read_list<TargetGroup>(root, "the file", kGroup, groups));
  return groups;
}

}  // namespace obs::scrape
