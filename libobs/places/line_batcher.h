// Lines of ndjson gathered into batches, with the bad ones counted.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/codec/ndjson.h"
#include "libobs/pipeline/ledger.h"

namespace obs::places {

// Not thread-safe.
class LineBatcher {
 public:
  // With a non-empty `origin` (what names the input for good) the ids of batches follow from it and
  // from their lines; else they are random.
  LineBatcher(std::string origin, bool strict, pipeline::Ledger& ledger,
              std::function<void(std::string_view)> warn);

  void add_line(std::string_view line, Timestamp received);
  void add_overlong(std::uint64_t lines);

  bool is_empty() const { return count_records() == 0; }
  // Time to take(): a thousand records or a mebibyte of lines.
  bool is_full() const;

  // What was gathered, with ids.
  std::vector<model::Batch> take();

  // At the end: kMalformed, with the first bad line, when there was one.
  Result<void> verdict() const;

 private:
  std::size_t count_records() const;
  codec::NdjsonDecoder& find_decoder(std::string_view line);
  void refuse(std::string_view reason, std::uint64_t bytes);
  void give_id(model::Batch& batch, std::size_t index) const;

  // One a signal: batches of one decoder share an arena, which each would hold and be charged for.
  std::array<codec::NdjsonDecoder, model::kSignalCount> decoders_;
  pipeline::Ledger& ledger_;
  std::function<void(std::string_view)> warn_;
  std::string origin_;
  std::size_t gathered_ = 0;  // Bytes of lines since the last take().
  std::uint64_t lines_ = 0;
  std::uint64_t hash_ = 0;  // Of the origin and all lines so far.
  std::uint64_t refused_ = 0;
  std::string first_refusal_;
};

}  // namespace obs::places
