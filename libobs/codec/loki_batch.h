// Streams of Loki into a batch, whichever way they were written. For the codec's own files.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libobs/codec/request_batch.h"

namespace obs::codec {

class LokiBatch {
 public:
  LokiBatch(std::size_t request_size, Timestamp received)
      : batch_(model::Signal::kLogs, request_size, received) {}

  RequestBatch& batch() { return batch_; }

  // The entries that follow are of a stream with these labels; they lie in the arena.
  void begin_stream(const std::vector<model::KeyValue>& labels);
  // The entries that follow are refused, for this reason.
  void begin_refused(std::string_view reason) { refusal_ = reason; }

  // `refusal` is static text; empty when the entry is fine. A time of 0 was not sent.
  void add_entry(Timestamp time, std::string_view line,
                 const std::vector<model::KeyValue>& metadata, std::string_view refusal);

 private:
  void read_severity(LogRow& row, model::Attributes metadata) const;

  RequestBatch batch_;
  std::uint32_t scope_ = 0;
  std::string_view level_;  // Of the stream's labels.
  std::string_view refusal_;
  std::vector<model::KeyValue> scratch_;
};

}  // namespace obs::codec
