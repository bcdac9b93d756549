#include "libobs/store/part_index.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "libobs/base/hash.h"

namespace obs::store {
namespace {

constexpr std::string_view kMagic = "obsindex";
constexpr std::size_t kHeadSize = 48;
constexpr std::size_t kChecksumAt = 40;
constexpr std::size_t kBlockSize = 40;
constexpr std::string_view kPartSuffix = ".parquet";
constexpr std::string_view kIndexSuffix = ".idx";

template <class T>
void append_number(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <class T>
T read_number(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

std::uint64_t head_checksum(std::string_view head, std::string_view blocks) {
  return hash64(blocks, hash64(head.substr(0, kChecksumAt)));
}

}  // namespace

std::string index_path(std::string_view part_path) {
  if (part_path.ends_with(kPartSuffix)) part_path.remove_suffix(kPartSuffix.size());
  return std::string(part_path).append(kIndexSuffix);
}

bool has_index(model::Signal signal) { return signal != model::Signal::kMetrics; }

std::uint32_t section_rows(std::uint32_t group_rows) {
  return std::max<std::uint32_t>((group_rows + kSections - 1) / kSections, 1);
}

bool PartIndexBuilder::begin_row(Timestamp time) {
  const auto row = static_cast<std::uint32_t>(rows_ % group_rows_);
  const bool first = row == 0;
  if (first) {
    end_block();
    blocks_.push_back({time, time, 0});
  }
  ++rows_;
  section_ = row / section_rows_;
  Block& block = blocks_.back();
  block.min_time = std::min(block.min_time, time);
  block.max_time = std::max(block.max_time, time);
  return first;
}

void PartIndexBuilder::end_block() {
  if (blocks_.empty()) return;
  append_token_filter(filters_, tokens_.distinct());
  blocks_.back().end = filters_.size();
  tokens_.clear();
}

std::string PartIndexBuilder::finish(const Part& part) {
  end_block();
  std::string file(kMagic);
  append_number(file, kIndexVersion);
  append_number(file, static_cast<std::uint32_t>(part.signal));
  append_number(file, static_cast<std::uint64_t>(part.id));
  append_number(file, rows_);
  append_number(file, group_rows_);
  append_number(file, static_cast<std::uint32_t>(blocks_.size()));

  const std::uint64_t filters_at = kHeadSize + blocks_.size() * kBlockSize;
  std::string entries;
  std::uint64_t begin = 0;
  for (const Block& block : blocks_) {
    append_number(entries, block.min_time);
    append_number(entries, block.max_time);
    append_number(entries, filters_at + begin);
    append_number(entries, block.end - begin);
    append_number(entries, hash64(std::string_view(filters_).substr(begin, block.end - begin)));
    begin = block.end;
  }
  append_number(file, head_checksum(file, entries));
  return file + entries + filters_;
}

Result<std::unique_ptr<PartIndex>> PartIndex::open(Fs& fs, const std::string& path,
                                                   const Part& part) {
  std::unique_ptr<PartIndex> index(new PartIndex);
  OBS_TRY(index->mapping_, fs.map(path));
  if (auto parsed = index->parse(part); !parsed) {
    return fail(to_error(parsed.error()).during("read index " + path));
  }
  return index;
}

Result<void, ParseError> PartIndex::parse(const Part& part) {
  const std::string_view file = as_text(mapping_->bytes());
  const auto malformed = [](std::size_t at, std::string_view what) {
    return fail(ParseError{Errc::kMalformed, at, what});
  };
  if (file.size() < kHeadSize || !file.starts_with(kMagic)) return malformed(0, "no index");
  if (read_number<std::uint32_t>(file, 8) > kIndexVersion) {
    return fail(ParseError{Errc::kUnsupported, 8, "an index of a later version"});
  }
  if (read_number<std::uint32_t>(file, 8) < kIndexVersion) {
    return malformed(8, "an index of an earlier version");
  }
  const auto blocks = read_number<std::uint32_t>(file, 36);
  if (blocks > (file.size() - kHeadSize) / kBlockSize) return malformed(36, "the file is cut");
  const std::string_view entries = file.substr(kHeadSize, blocks * kBlockSize);
  if (read_number<std::uint64_t>(file, kChecksumAt) != head_checksum(file, entries)) {
    return malformed(kChecksumAt, "bad checksum");
  }
  const auto group_rows = read_number<std::uint32_t>(file, 32);
  if (read_number<std::uint64_t>(file, 16) != static_cast<std::uint64_t>(part.id) ||
      read_number<std::uint64_t>(file, 24) != part.rows || group_rows != part.group_rows ||
      group_rows == 0 || blocks != (part.rows + group_rows - 1) / group_rows) {
    return malformed(16, "the index of another part");
  }
  for (std::size_t at = 0; at < entries.size(); at += kBlockSize) {
    const auto offset = read_number<std::uint64_t>(entries, at + 16);
    const auto size = read_number<std::uint64_t>(entries, at + 24);
    if (offset > file.size() || size > file.size() - offset) {
      return malformed(kHeadSize + at, "the file is cut");
    }
    blocks_.push_back(
        {read_number<Timestamp>(entries, at), read_number<Timestamp>(entries, at + 8)});
    entries_.push_back(
        {file.substr(offset, size), read_number<std::uint64_t>(entries, at + 32), Check::kNone});
  }
  return {};
}

std::optional<TokenFilter> PartIndex::filter(std::size_t block) {
  Entry& entry = entries_[block];
  if (entry.check == Check::kNone) {
    entry.check = hash64(entry.filter) == entry.checksum ? Check::kGood : Check::kBad;
  }
  if (entry.check == Check::kBad) return std::nullopt;
  return TokenFilter::parse(entry.filter);
}

SectionMask PartIndex::find(std::size_t block, const TokenClauses& clauses) {
  if (clauses.empty()) return kAllSections;
  const auto tokens = filter(block);
  if (!tokens) return kAllSections;
  SectionMask sections = kAllSections;
  for (const auto& any : clauses) {
    SectionMask found = 0;
    for (const std::uint64_t token : any) found |= tokens->find(token);
    sections &= found;
    if (sections == 0) break;
  }
  return sections;
}

std::optional<std::uint32_t> PartIndex::token_count(std::size_t block) {
  const auto tokens = filter(block);
  return tokens ? std::optional(tokens->count()) : std::nullopt;
}

Result<void> PartIndex::verify() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (filter(i)) continue;
    return fail(Errc::kMalformed,
                fmt::format("bad checksum of row group {} at byte {}", i,
                            entries_[i].filter.data() - as_text(mapping_->bytes()).data()));
  }
  return {};
}

}  // namespace obs::store
