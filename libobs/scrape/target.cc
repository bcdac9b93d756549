#include "libobs/scrape/target.h"

#include <set>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::scrape {
namespace {

constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kScheme = "__scheme__";
constexpr std::string_view kPath = "__metrics_path__";
constexpr std::string_view kInterval = "__scrape_interval__";
constexpr std::string_view kTimeout = "__scrape_timeout__";
constexpr std::string_view kParam = "__param_";

std::string get(const Labels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

void set_missing(Labels& labels, std::string_view name, const std::string& value) {
  if (!value.empty()) labels.emplace(name, value);
}

// What relabeling sees first. Labels of the group win.
Labels discovered(const ScrapeConfig& config, const TargetGroup& group,
                  const std::string& address) {
  Labels labels = group.labels;
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  labels[std::string(kAddress)] = address;
  set_missing(labels, "job", config.job_name);
  set_missing(labels, kScheme, config.scheme);
  set_missing(labels, kPath, config.metrics_path);
  set_missing(labels, kInterval, fmt::format("{}ms", config.interval / kMillisecond));
  set_missing(labels, kTimeout, fmt::format("{}ms", config.timeout / kMillisecond));
  for (const auto& [name, values] : config.params) {
    if (!values.empty()) set_missing(labels, std::string(kParam) + name, values.front());
  }
  return labels;
}

std::string encode_percent(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != kPlain.npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// The parameters of the config, the first value of each as relabeling left it.
std::string query_of(const ScrapeConfig& config, const Labels& labels) {
  std::string query;
  const auto add = [&query](std::string_view name, std::string_view value) {
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", encode_percent(name),
                         encode_percent(value));
  };
  std::set<std::string, std::less<>> given;
  for (const auto& [name, values] : config.params) {
    given.insert(name);
    const std::string first = get(labels, std::string(kParam) + name);
    if (!first.empty()) add(name, first);
    for (std::size_t i = 1; i < values.size(); ++i) add(name, values[i]);
  }
  for (const auto& [label, value] : labels) {
    if (!label.starts_with(kParam)) continue;
    const std::string name = label.substr(kParam.size());
    if (given.find(name) == given.end()) add(name, value);
  }
  return query;
}

Result<Duration> read_time(const Labels& labels, std::string_view name) {
  const auto time = parse_duration(get(labels, name));
  if (time && *time > 0) return *time;
  return fail(Errc::kInvalidArgument, fmt::format("{} is no duration after relabeling", name));
}

Result<Target> settle(const ScrapeConfigPtr& config, const Labels& labels) {
  Target target;
  target.config = config;
  const std::string address = get(labels, kAddress);
  if (address.empty()) return fail(Errc::kInvalidArgument, "it has no __address__");
  if (address.find_first_of("/ \t") != address.npos) {
    return fail(Errc::kInvalidArgument,
                fmt::format("'{}' is no HOST:PORT; paths go to metrics_path", address));
  }
  OBS_TRY(target.interval, read_time(labels, kInterval));
  OBS_TRY(target.timeout, read_time(labels, kTimeout));
  if (target.timeout > target.interval) {
    return fail(Errc::kInvalidArgument, "its timeout is longer than its interval");
  }
  const std::string path = get(labels, kPath);
  target.url = fmt::format("{}://{}{}{}{}", get(labels, kScheme), address,
                           path.starts_with('/') ? "" : "/", path, query_of(*config, labels));
  for (const auto& [name, value] : labels) {
    if (!name.starts_with("__")) target.labels.emplace(name, value);
  }
  target.labels.emplace("instance", address);
  target.key = fmt::format("{}\n{}\n{} {}", config->fingerprint, target.url, target.interval,
                           target.timeout);
  for (const auto& [name, value] : target.labels) target.key += fmt::format("\n{}={}", name, value);
  return target;
}

}  // namespace

std::vector<Target> make_targets(const ScrapeConfigPtr& config, std::span<const TargetGroup> groups,
                                 std::vector<std::string>& problems) {
  std::vector<Target> targets;
  std::set<std::string> keys;
  for (const TargetGroup& group : groups) {
    for (const std::string& address : group.targets) {
      Labels labels = discovered(*config, group, address);
      if (!relabel(config->relabel, labels)) continue;
      auto target = settle(config, labels);
      if (!target) {
        problems.push_back(fmt::format("job {}: target '{}': {}", config->job_name, address,
                                       target.error().message));
      } else if (keys.insert(target->key).second) {
        targets.push_back(std::move(*target));
      }
    }
  }
  const std::size_t limit = config->limits.target_limit;
  if (limit == 0 || targets.size() <= limit) return targets;
  problems.push_back(
      fmt::format("job {}: {} targets are more than its target_limit of {}: none is "
                  "scraped",
                  config->job_name, targets.size(), limit));
  return {};
}

}  // namespace obs::scrape
