#include "libobs/scrape/config.h"

#include <catch2/catch.hpp>

#include "libobs/scrape/target.h"

namespace obs::scrape {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kWhole = R"(
global:
  scrape_interval: 15s
  evaluation_interval: 1m
scrape_configs:
  - job_name: node
    scrape_interval: 30s
    scrape_timeout: 5s
    metrics_path: /federate
    scheme: https
    params:
      'match[]': ['{job="a b"}', up]
      x: [1]
    honor_labels: true
    honor_timestamps: false
    scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0]
    fallback_scrape_protocol: PrometheusText0.0.4
    basic_auth: {username: me, password: secret}
    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}
    sample_limit: 1000
    target_limit: 10
    label_limit: 30
    label_name_length_limit: 40
    label_value_length_limit: 50
    body_size_limit: 10MB
    static_configs:
      - targets: ['a:9100', "b:9100"]
        labels: {env: prod, empty: ''}
    file_sd_configs:
      - files: [targets/*.json, /etc/x.yml]
        refresh_interval: 1m
    relabel_configs:
      - source_labels: [__address__]
        regex: '(.*):.*'
        target_label: instance
    metric_relabel_configs:
      - {action: labeldrop, regex: id}
  - job_name: bare
    static_configs: [{targets: [c]}]
)";

Config parse(std::string_view text) {
  auto config = parse_config(text, "/etc/obs");
  if (!config) FAIL(config.error().message);
  return std::move(*config);
}

std::string error_of(const std::string& text) {
  const auto config = parse_config(text, "");
  return config ? "" : config.error().message;
}

}  // namespace

TEST_CASE("a scrape config is read as Prometheus reads it", "[scrape][config]") {
  const Config config = parse(kWhole);
  REQUIRE(config.scrape_configs.size() == 2);
  const ScrapeConfig& node = config.scrape_configs[0];
  CHECK(node.interval == 30 * kSecond);
  CHECK(node.timeout == 5 * kSecond);
  CHECK(node.scheme == "https");
  CHECK(node.honor_labels);
  CHECK_FALSE(node.honor_timestamps);
  CHECK(node.fallback == codec::ExpositionFormat::kText);
  CHECK(node.basic_auth->password == "secret");
  CHECK(node.tls.ca_file == "/etc/obs/ca.pem");
  CHECK(node.limits.body_size_limit == 10 * kMiB);
  CHECK(node.limits.label_value_length_limit == 50);
  REQUIRE(node.files.size() == 1);
  CHECK(node.files[0].files == std::vector<std::string>{"/etc/obs/targets/*.json", "/etc/x.yml"});
  CHECK(node.metric_relabel[0].action == RelabelAction::kLabelDrop);
  const ScrapeConfig& bare = config.scrape_configs[1];
  CHECK(bare.interval == 15 * kSecond);
  CHECK(bare.timeout == 10 * kSecond);
  CHECK(bare.metrics_path == "/metrics");
  CHECK(parse(kWhole).scrape_configs[0].fingerprint == node.fingerprint);
  CHECK(bare.fingerprint != node.fingerprint);
}

TEST_CASE("a wrong scrape config is refused by its line, and says what would be right",
          "[scrape][config]") {
  struct Case {
    const char* text;
    const char* line;
    const char* why;
  };
  for (const Case& c : {
           Case{"scrape_config: []", "line 1: ", "did you mean scrape_configs"},
           Case{"scrape_configs:\n- jobname: a", "line 2: ", "did you mean job_name"},
           Case{"scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: []",
                "line 3: ", "unknown key 'kubernetes_sd_configs'"},
           Case{"global:\n  external_labels: {a: b}", "line 2: ", "known are scrape_interval"},
           Case{"scrape_configs:\n- scheme: http", "line 2: ", "no job_name"},
           Case{"scrape_configs:\n- job_name: a\n- job_name: a", "line 3: ", "twice"},
           Case{"scrape_configs:\n- job_name: a\n  job_name: b", "line 3: ", "twice"},
           Case{"scrape_configs:\n- job_name: a\n  scrape_interval: soon",
                "line 3: ", "no duration"},
           Case{"scrape_configs:\n- job_name: a\n  scrape_interval: 1s\n  scrape_timeout: 2s",
                "line 2: ", "longer than scrape_interval"},
           Case{"scrape_configs:\n- job_name: a\n  scheme: ftp", "line 3: ", "neither http"},
           Case{"scrape_configs:\n- job_name: a\n  sample_limit: many", "line 3: ", "no number"},
           Case{"scrape_configs:\n- job_name: a\n  honor_labels: maybe", "line 3: ", "true"},
           Case{"scrape_configs:\n- job_name: a\n  relabel_configs:\n  - regex: '('",
                "line 4: ", "regex"},
           Case{"scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: eat",
                "line 4: ", "not one of replace"},
           Case{"scrape_configs:\n- job_name: a\n  relabel_configs:\n  - regex: a",
                "line 4: ", "target_label"},
           Case{"scrape_configs:\n- job_name: a\n  basic_auth: {}\n  authorization: {}",
                "line 2: ", "one, please"},
           Case{"scrape_configs:\n- job_name: a\n  static_configs: x", "line 3: ", "no list"},
           Case{"scrape_configs: {a: [}", "line 1: ", ""},
           Case{"- a", "line 1: ", "no map"},
       }) {
    CAPTURE(c.text);
    CHECK_THAT(error_of(c.text), Contains(c.line) && Contains(c.why));
  }
}

TEST_CASE("YAML that unfolds without end is refused", "[scrape][config]") {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i ? ",*" : "*") + before;
    bomb += "]\n";
  }
  const auto parsed = codec::parse_yaml(bomb);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::kLimitExceeded);
  CHECK_FALSE(codec::parse_yaml(std::string(100, '[') + std::string(100, ']')));
}

TEST_CASE("targets get their labels and their address from the config and its groups",
          "[scrape][target]") {
  Config config = parse(kWhole);
  std::vector<std::string> problems;
  const auto shared = std::make_shared<const ScrapeConfig>(config.scrape_configs[0]);
  const auto targets = make_targets(shared, shared->static_groups, problems);
  CHECK(problems.empty());
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].url ==
        "https://a:9100/federate?match%5B%5D=%7Bjob%3D%22a%20b%22%7D&match%5B%5D=up&x=1");
  CHECK(targets[0].labels == Labels{{"env", "prod"}, {"instance", "a"}, {"job", "node"}});
  const auto bare = std::make_shared<const ScrapeConfig>(config.scrape_configs[1]);
  const auto other = make_targets(bare, bare->static_groups, problems);
  REQUIRE(other.size() == 1);
  CHECK(other[0].url == "http://c/metrics");
  CHECK(other[0].labels == Labels{{"instance", "c"}, {"job", "bare"}});
}

TEST_CASE("relabeling chooses targets and changes how they are scraped", "[scrape][target]") {
  const auto config = std::make_shared<const ScrapeConfig>(parse(R"(
scrape_configs:
  - job_name: probe
    params: {module: [http]}
    static_configs: [{targets: [a, drop-me, 'bad/path', a]}]
    relabel_configs:
      - {source_labels: [__address__], regex: drop-me, action: drop}
      - {source_labels: [__address__], target_label: __param_target}
      - {target_label: __metrics_path__, replacement: /probe}
      - {target_label: __scrape_interval__, replacement: 10s}
      - {target_label: __scrape_timeout__, replacement: 1s}
)")
                                                               .scrape_configs[0]);
  std::vector<std::string> problems;
  const auto targets = make_targets(config, config->static_groups, problems);
  REQUIRE(targets.size() == 1);
  CHECK(targets[0].url == "http://a/probe?module=http&target=a");
  CHECK(targets[0].interval == 10 * kSecond);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], Contains("job probe") && Contains("bad/path"));
}

TEST_CASE("more targets than allowed are none", "[scrape][target]") {
  const auto config = std::make_shared<const ScrapeConfig>(
      parse("scrape_configs: [{job_name: a, target_limit: 1, static_configs: [{targets: [x, y]}]}]")
          .scrape_configs[0]);
  std::vector<std::string> problems;
  CHECK(make_targets(config, config->static_groups, problems).empty());
  CHECK(problems.size() == 1);
}

TEST_CASE("files of targets may be JSON or YAML", "[scrape][target]") {
  for (const char* text : {R"([{"targets": ["a:1", "b:2"], "labels": {"env": "x"}}])",
                           "- targets: ['a:1', 'b:2']\n  labels:\n    env: x\n"}) {
    const auto groups = parse_target_groups(text);
    REQUIRE(groups);
    REQUIRE(groups->size() == 1);
    CHECK((*groups)[0].targets == std::vector<std::string>{"a:1", "b:2"});
    CHECK((*groups)[0].labels == Labels{{"env", "x"}});
  }
  CHECK(parse_target_groups("")->empty());
  CHECK_FALSE(parse_target_groups("[{\"target\": []}]"));
  CHECK_FALSE(parse_target_groups("[{\"targets\": [\"a:1\""));
}

}  // namespace obs::scrape
