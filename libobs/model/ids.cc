#include "libobs/model/ids.h"

#include "libobs/base/text.h"

namespace obs::model {
namespace {

template <class Id>
std::string hex_of(const Id& id) {
  std::string hex;
  if (!id.is_zero()) append_hex(hex, id.bytes);
  return hex;
}

}  // namespace

std::string to_hex(const TraceId& id) { return hex_of(id); }
std::string to_hex(const SpanId& id) { return hex_of(id); }
std::string to_hex(const BatchId& id) { return hex_of(id); }

bool parse_id(std::string_view hex, TraceId& out) { return parse_hex(hex, out.bytes); }
bool parse_id(std::string_view hex, SpanId& out) { return parse_hex(hex, out.bytes); }
bool parse_id(std::string_view hex, BatchId& out) { return parse_hex(hex, out.bytes); }

}  // namespace obs::model
