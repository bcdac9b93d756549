// Single numbers out of the hybrid of run lengths and packed bits, without reading all of it: the
// levels and dictionary places of a Parquet page (parquet_decoding.h reads them whole). Pure.
// Internal to libobs/store.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obs::store {

// Asked for ever later numbers. One thread.
class ParquetHybrid {
 public:
  // `bytes` outlive it.
  ParquetHybrid(std::string_view bytes, int bit_width) : rest_(bytes), width_(bit_width) {}

  // The number at this place, which is not before the last one asked for; nullopt: it is not there,
  // or the bytes are damaged.
  std::optional<std::uint32_t> at(std::uint64_t place);
  // Of numbers of one bit: how many before the last place asked for are 1.
  std::uint64_t ones_before() const { return ones_ + ones_in_run(asked_ - begin_); }

 private:
  bool next_run();
  std::uint64_t ones_in_run(std::uint64_t count) const;

  std::string_view rest_;
  int width_;
  std::uint64_t begin_ = 0;  // Of the run, by place.
  std::uint64_t count_ = 0;
  std::string_view packed_;  // Empty: all are `value_`.
  std::uint32_t value_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t ones_ = 0;  // In the runs before.
};

}  // namespace obs::store
