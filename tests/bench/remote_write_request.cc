#include "tests/bench/remote_write_request.h"

#include <map>

#include <fmt/format.h>

#include "libobs/codec/protozero.h"
#include "tests/bench/measure.h"

namespace obs::bench {

SentLabels labels_of(std::size_t i) {
  return {{"__name__", fmt::format("node_metric_of_kind_{}_seconds_total", i / 40)},
          {"cpu", std::to_string(i % 8)},
          {"env", "production"},
          {"instance", "web-3.example:9100"},
          {"job", "node"},
          {"mode", fmt::format("mode{}", i / 8 % 5)}};
}

double value_of(std::size_t i) { return 1000.0 + 0.25 * static_cast<double>(i); }

std::string remote_write_v1(std::int64_t time_ms) {
  std::string request;
  protozero::pbf_writer writer(request);
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    protozero::pbf_writer series(writer, 1);
    for (const auto& [name, value] : labels_of(i)) {
      protozero::pbf_writer label(series, 1);
      label.add_string(1, name);
      label.add_string(2, value);
    }
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value_of(i));
    sample.add_int64(2, time_ms);
  }
  return request;
}

std::string remote_write_v2(std::int64_t time_ms) {
  std::map<std::string, std::uint32_t> symbols = {{"", 0}};
  std::string texts;
  std::string rest;
  protozero::pbf_writer head(texts);
  protozero::pbf_writer tail(rest);
  head.add_string(4, "");
  const auto ref = [&](const std::string& text) {
    const auto [found, fresh] = symbols.emplace(text, static_cast<std::uint32_t>(symbols.size()));
    if (fresh) head.add_string(4, text);
    return found->second;
  };
  for (std::size_t i = 0; i < kRequestRecords; ++i) {
    std::vector<std::uint32_t> refs;
    for (const auto& [name, value] : labels_of(i)) {
      refs.push_back(ref(name));
      refs.push_back(ref(value));
    }
    protozero::pbf_writer series(tail, 5);
    series.add_packed_uint32(1, refs.begin(), refs.end());
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value_of(i));
    sample.add_int64(2, time_ms);
  }
  return texts + rest;
}

}  // namespace obs::bench
