// bench_json: how fast OTLP JSON and ndjson become batches and back, beside what simdjson itself
// takes to walk the same bytes, which is the limit. CPU time of this thread; the best of several
// rounds.

#include <simdjson.h>

#include <cstdio>
#include <string>
#include <vector>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_batches.h"

namespace {

using obs::bench::kRequestRecords;
using obs::bench::measure;
using obs::model::Batch;
using obs::model::Signal;

constexpr obs::Timestamp kReceived = 1;

// Visits every value, and reads the text of every string.
std::size_t walk(simdjson::ondemand::value value) {
  std::size_t values = 1;
  switch (simdjson::ondemand::json_type type; value.type().get(type), type) {
    case simdjson::ondemand::json_type::object:
      for (auto field : value.get_object()) values += walk(field.value());
      break;
    case simdjson::ondemand::json_type::array:
      for (auto item : value.get_array()) values += walk(item.value());
      break;
    case simdjson::ondemand::json_type::string:
      values += std::string_view(value.get_string()).size();
      break;
    default: break;
  }
  return values;
}

std::size_t walk_document(simdjson::ondemand::parser& parser, const simdjson::padded_string& text) {
  auto document = parser.iterate(text);
  return walk(simdjson::ondemand::value(document.get_value()));
}

std::size_t index_only(simdjson::internal::dom_parser_implementation& stage,
                       const simdjson::padded_string& text) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto error = stage.stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  return error == simdjson::SUCCESS ? stage.n_structural_indexes : 0;
}

void bench_otlp(const Batch& batch) {
  const std::string request = obs::codec::encode_otlp_json(batch);
  const simdjson::padded_string padded(request);
  std::printf("OTLP JSON %s, %zu B a record\n",
              std::string(obs::model::to_string(batch.signal)).c_str(),
              request.size() / kRequestRecords);

  simdjson::ondemand::parser parser;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(
      request.size(), 1, stage);
  if (made != simdjson::SUCCESS) return;
  measure("simdjson first stage", request.size(), [&] { return index_only(*stage, padded); });
  measure("simdjson on-demand", request.size(), [&] { return walk_document(parser, padded); });
  measure("decode", request.size(), [&] {
    const auto decoded = obs::codec::decode_otlp_json(batch.signal, request, kReceived);
    return decoded ? decoded->batch.size() : 0;
  });
  measure("encode", request.size(), [&] { return obs::codec::encode_otlp_json(batch).size(); });
}

std::size_t decode_lines(const std::vector<std::string_view>& lines) {
  obs::codec::NdjsonDecoder decoder;
  for (const std::string_view line : lines) {
    if (!decoder.add_line(line, kReceived)) return 0;
  }
  return decoder.take().at(0).size();
}

void bench_ndjson(const Batch& batch) {
  std::string text;
  obs::codec::append_ndjson(text, batch);
  const std::vector<std::string_view> lines = obs::split(text, '\n');
  std::printf("ndjson %s, %zu B a line\n", std::string(obs::model::to_string(batch.signal)).c_str(),
              text.size() / kRequestRecords);

  simdjson::ondemand::parser parser;
  std::vector<simdjson::padded_string> padded;
  for (const std::string_view line : lines) {
    if (!line.empty()) padded.emplace_back(line);
  }
  measure("simdjson on-demand", text.size(), [&] {
    std::size_t values = 0;
    for (const auto& line : padded) values += walk_document(parser, line);
    return values;
  });
  measure("decode", text.size(), [&] { return decode_lines(lines); });
  std::string out;
  measure("encode", text.size(), [&] {
    out.clear();
    obs::codec::append_ndjson(out, batch);
    return out.size();
  });
}

}  // namespace

int main() {
  std::printf("simdjson runs %s; its on-demand code is compiled for this build's target\n",
              simdjson::get_active_implementation()->name().c_str());
  for (const auto& sample :
       {obs::bench::sample_logs(kRequestRecords), obs::bench::sample_spans(kRequestRecords),
        obs::bench::sample_metrics(kRequestRecords)}) {
    bench_otlp(sample);
    bench_ndjson(sample);
  }
}
