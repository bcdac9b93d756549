// A batch in the making from a request of another protocol than OTLP: text made UTF-8, resources
// interned, memory bounded. For the codec's own files.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/base/memory_claim.h"
#include "libobs/codec/columns.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/otlp.h"
#include "libobs/model/batch.h"

namespace obs::codec {

class RequestBatch {
 public:
  // What the request may become in memory follows from its size.
  RequestBatch(model::Signal signal, std::size_t request_size, Timestamp received);

  Arena& arena() { return *out_.batch.arena; }
  Timestamp received() const { return out_.batch.received; }
  void set_received(Timestamp received) { out_.batch.received = received; }

  // The request as JSON, laid out in the arena; what is not UTF-8 in it is mended first. False when
  // it is no JSON already to the reader's first stage.
  bool start_json(JsonReader& json, std::string_view request);

  // What was wrong with it; what was mended may be longer than what came.
  static ParseError json_error(const JsonReader& json, std::string_view request);

  // Text that lies in the arena: itself, or mended where it is not UTF-8.
  std::string_view text(std::string_view raw);
  // The same of text that lies elsewhere.
  std::string_view copy(std::string_view raw);

  // The scope of that name under the resource of these attributes, made on first use. What is given
  // lies in the arena; the list itself need not.
  std::uint32_t scope(model::Attributes resource, std::string_view name = {},
                      std::string_view version = {});

  // The metric with all that tells it from others, made on first use. Its text lies in the arena.
  std::uint32_t metric(const model::Metric& metric);

  model::Attributes keep(model::Attributes attributes);
  model::Value keep_map(model::Attributes attributes) {
    return model::Value::map(keep(attributes));
  }

  // Each record of the request is told of once, in order. `reason` is static text.
  void add(const LogRow& row);
  void add(const SpanRow& row);
  void add(const PointRow& row);
  void refuse(std::string_view reason) { out_.rejected.add(out_.total++, reason); }

  // Claims memory for something beside rows, attributes and resources.
  void claim(std::size_t bytes);
  // False once records and their parts would take eight times the memory of the request and 64 MiB
  // on top: an empty record is a few bytes on the wire and a hundred in columns.
  bool fits() const { return fits_; }
  std::size_t size() const { return out_.batch.size(); }

  // Failures that were not of the JSON reader.
  void count_repairs(std::uint64_t more) { out_.batch.repaired_utf8 += more; }
  Decoded take() { return std::move(out_); }

 private:
  Decoded out_;
  MemoryAllowance allowance_;
  bool fits_ = true;
  std::unordered_map<std::string, std::uint32_t> resources_;
  std::unordered_map<std::string, std::uint32_t> scopes_;
  std::unordered_map<std::string, std::uint32_t> metrics_;
  std::string key_;  // Of the look-up under way.
};

// What a decoder says of a request that does not fit.
inline constexpr ParseError kTooManyItems{Errc::kLimitExceeded, 0,
                                          "request holds too many tiny items"};

}  // namespace obs::codec
