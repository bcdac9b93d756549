#include "libobs/codec/otlp.h"

#include <fmt/format.h>

namespace obs::codec {

void Rejected::add(std::uint64_t index, std::string_view reason) {
  ++count;
  if (first.size() < kMaxToldRejections) first.push_back({index, reason});
}

std::string Rejected::message(std::uint64_t total) const {
  if (count == 0) return {};
  std::string text = fmt::format("{} of {} records refused", count, total);
  std::string_view separator = ": ";
  for (const Rejection& rejection : first) {
    text += fmt::format("{}#{}: {}", separator, rejection.index, rejection.reason);
    separator = "; ";
  }
  if (count > first.size()) text += fmt::format("; and {} more", count - first.size());
  return text;
}

std::string_view otlp_bytes(const model::Batch& batch, std::string& scratch) {
  if (!batch.wire.empty()) return batch.wire;
  scratch = encode_otlp_protobuf(batch);
  return scratch;
}

}  // namespace obs::codec
