// The index of a part: the sidecar PART.idx beside PART.parquet. For each row group it has the
// earliest and latest time and a filter of the tokens in it (words, attributes, trace ids; see
// index_tokens.h), so that a search reads only the row groups that may have what it looks for.
// Internal to libobs/store.
//
//   index  := "obsindex" version:u32 signal:u32 part:u64 rows:u64 group_rows:u32 blocks:u32
//   checksum:u64 block* filter* block  := min_time:i64 max_time:i64 offset:u64 size:u64
//   checksum:u64
//
// Little-endian. A block is a row group of 31 sections, which tokens are told by, in the order of
// the part's column `block`; `offset` and `size` say where in the file its filter lies
// (token_filter.h). Checksums are XXH3-64: that of the head over what is before it and all blocks,
// that of a block over its filter.
//
// An index only saves time: without one, or with a damaged one, every row group is read.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/part.h"
#include "libobs/store/token_filter.h"

namespace obs::store {

inline constexpr std::uint32_t kIndexVersion = 2;

// "logs/…-17.idx" for "logs/…-17.parquet".
std::string index_path(std::string_view part_path);

// Points have no index.
bool has_index(model::Signal signal);

// Rows of a section, of a part with such row groups.
std::uint32_t section_rows(std::uint32_t group_rows);

// Builds an index from a part's rows, in their order. Memory for the tokens of one row group, and
// for the finished filters. One thread.
class PartIndexBuilder {
 public:
  explicit PartIndexBuilder(std::uint32_t group_rows)
      : group_rows_(group_rows), section_rows_(section_rows(group_rows)) {}

  // From now on tokens are of this row. True for the first of a row group.
  bool begin_row(Timestamp time);
  void add(std::uint64_t token) { tokens_.add(token, section_); }
  // A token that other rows of the row group have too, whether or not they add it.
  void add_shared(std::uint64_t token) { tokens_.add(token, kAnySection); }

  // The file. `part` says which part and how many rows; they have all been here.
  std::string finish(const Part& part);

 private:
  struct Block {
    Timestamp min_time = 0;
    Timestamp max_time = 0;
    std::uint64_t end = 0;  // Of its filter in filters_.
  };
  void end_block();

  const std::uint32_t group_rows_;
  const std::uint32_t section_rows_;
  std::uint64_t rows_ = 0;
  std::uint32_t section_ = 0;
  TokenSet tokens_;
  std::vector<Block> blocks_;
  std::string filters_;
};

// What a record must have all of, each being any of some tokens.
using TokenClauses = std::vector<std::vector<std::uint64_t>>;

// An index being asked. One thread.
class PartIndex {
 public:
  struct Block {
    Timestamp min_time = 0;
    Timestamp max_time = 0;
  };

  // kMalformed: damaged, of an earlier version or of another part. kUnsupported: of a later
  // version. The filters are checked when they are first asked.
  static Result<std::unique_ptr<PartIndex>> open(Fs& fs, const std::string& path, const Part& part);

  std::span<const Block> blocks() const { return blocks_; }
  // The sections of this block where a record may satisfy all clauses; all when its filter is
  // damaged.
  SectionMask find(std::size_t block, const TokenClauses& clauses);
  // How many tokens its filter has; nullopt when that is damaged.
  std::optional<std::uint32_t> token_count(std::size_t block);
  // Reads all of it. kMalformed names the first damaged filter.
  Result<void> verify();

 private:
  enum class Check : std::uint8_t { kNone, kGood, kBad };
  struct Entry {
    std::string_view filter;
    std::uint64_t checksum = 0;
    Check check = Check::kNone;
  };
  PartIndex() = default;
  Result<void, ParseError> parse(const Part& part);
  // nullopt: damaged.
  std::optional<TokenFilter> filter(std::size_t block);

  std::unique_ptr<Mapping> mapping_;
  std::vector<Block> blocks_;
  std::vector<Entry> entries_;
};

}  // namespace obs::store
