// Reads the bytes of a rollup cell by cell, so that a day's rollups can be added up without holding
// them. Internal to libobs/store; rollup.h has the format.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/rollup.h"

namespace obs::store {

// Calls whose durations are of one bucket, in units of 1/4096.
struct RollupBucket {
  std::int32_t bucket = 0;
  std::uint64_t calls = 0;
};

class RollupReader {
 public:
  // Checks the checksum and inflates; `bytes` are not needed after. kMalformed: damaged.
  // kUnsupported: of a later version.
  static Result<RollupReader, ParseError> open(std::string_view bytes);

  // Goes to the next cell; false at the end. kMalformed: the bytes are not what they say.
  Result<bool, ParseError> next();

  // Of the cell that next() went to; key() stays where it is until the key changes.
  const RollupKey& key() const { return key_; }
  std::int64_t minute() const { return minute_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t errors() const { return errors_; }
  std::span<const RollupBucket> durations() const { return durations_; }
  // How many keys were begun so far.
  std::uint64_t keys_begun() const { return keys_begun_; }

 private:
  Result<bool, ParseError> finish() const;
  void begin_key();
  void read_cell();
  std::uint64_t number();
  std::int64_t signed_number();
  void take_text(std::string& text);
  void give_up();

  std::string rows_;
  std::size_t at_ = 0;
  bool ok_ = true;
  std::uint64_t keys_ = 0;
  std::uint64_t keys_begun_ = 0;
  std::uint64_t cells_left_ = 0;
  RollupKey key_;
  std::int64_t minute_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t errors_ = 0;
  std::vector<RollupBucket> durations_;
};

}  // namespace obs::store
