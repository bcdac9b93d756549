// Records as lines of JSON, both ways: obs-record(5).
//
// encode(decode(line)) is the same record, and OTLP → ndjson → OTLP is the identity. A line without
// "signal" is a foreign log line (pino, winston, bunyan, zap, logrus, zerolog… or plain text) and
// becomes a log record.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::codec {

// Appends each record of the batch as one line with its newline. `first_seq` > 0 adds "seq" to
// each, counting up.
void append_ndjson(std::string& out, const model::Batch& batch, std::uint64_t first_seq = 0);
void append_ndjson_row(std::string& out, const model::Batch& batch, std::size_t row);

struct NdjsonOptions {
  // Keep what only obs itself may say (`project`, observed time). For our own pipes and files; off
  // on the network.
  bool trusted = true;
  // A line that is not JSON is an error instead of a body.
  bool strict = false;
};

// Lines in, batches out. Gathers records of each signal until take() is called; resources and
// scopes that repeat are interned. Not thread-safe.
class NdjsonDecoder {
 public:
  explicit NdjsonDecoder(NdjsonOptions options = {});
  ~NdjsonDecoder();

  // Adds one line, without its newline. Blank lines are nothing. Fails on a line that claims to be
  // a record but is not one (an unknown signal, a bad id or time: kMalformed; values too deep:
  // kLimitExceeded), or, when strict, is no JSON; nothing of it is kept. A line without a time gets
  // `received`.
  Result<void, ParseError> add_line(std::string_view line, Timestamp received);

  // Records gathered of all signals (a metric without points counts as one), and about how many
  // bytes they hold.
  std::size_t size() const;
  std::size_t bytes() const;

  // Hands over what was gathered, one batch a (signal, project) that has records, and starts anew.
  // The batches of one call share an arena; none has an id yet.
  std::vector<model::Batch> take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace obs::codec
