#include "libobs/places/tailed_file.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"

namespace obs::places {
namespace {

constexpr std::size_t kReadBytes = 256 * kKiB;
constexpr std::size_t kStretchRecords = 1000;
constexpr std::uint64_t kStretchBytes = kMiB;
// What has come is passed on when nothing follows for so long; a trace may be written slowly.
constexpr Duration kIdle = 50 * kMillisecond;
constexpr Duration kJoinIdle = 500 * kMillisecond;

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

TailedFile::TailedFile(int fd, std::string path, std::uint64_t offset,
                       const codec::MultilineRule& rule, pipeline::Ledger& ledger)
    : fd_(fd),
      path_(std::move(path)),
      ledger_(ledger),
      joins_(rule.joins()),
      joiner_(rule),
      position_(offset),
      from_(offset),
      to_(offset) {}

TailedFile::~TailedFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<bool> TailedFile::read(const Emit& emit) {
  thread_local std::string buffer(kReadBytes, '\0');
  const ssize_t count = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(position_));
  if (count < 0 && errno != EINTR) return fail_errno(errno, fmt::format("read {}", path_));
  if (count <= 0) return false;
  received_ = system_clock().now();
  last_read_ = system_clock().monotonic();
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  last_bytes_ += bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), kPrefixBytes));
  last_bytes_.erase(0,
                    last_bytes_.size() - std::min<std::size_t>(last_bytes_.size(), kPrefixBytes));
  OBS_TRY_VOID(take(bytes, emit));
  return true;
}

Result<void> TailedFile::take(std::string_view bytes, const Emit& emit) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    const bool whole = end != bytes.npos;
    position_ += piece.size() + (whole ? 1 : 0);
    bytes.remove_prefix(piece.size() + (whole ? 1 : 0));
    if (!skipping_ && line_.size() + piece.size() > kMaxTailedRecord) {
      ledger_.count_undecodable("too_large", line_.size() + piece.size());
      line_.clear();
      skipping_ = true;
    }
    if (!whole) {
      if (!skipping_) line_ += piece;
      break;
    }
    if (std::exchange(skipping_, false)) continue;
    if (line_.empty()) {
      OBS_TRY_VOID(take_line(piece, position_, emit));
    } else {
      line_ += piece;
      OBS_TRY_VOID(take_line(line_, position_, emit));
      line_.clear();
    }
  }
  return {};
}

Result<void> TailedFile::take_line(std::string_view line, std::uint64_t end, const Emit& emit) {
  line = without_return(line);
  if (!joins_) {
    add_record(line);
    to_ = end;
    return decoder_.size() >= kStretchRecords || to_ - from_ >= kStretchBytes ? emit_stretch(emit)
                                                                              : Result<void>();
  }
  const bool fits = record_.size() + line.size() < kMaxTailedRecord;
  if (joiner_.continues(line) && has_record_ && fits) {
    record_ += '\n';
    record_ += line;
  } else {
    OBS_TRY_VOID(end_record(emit));
    record_ = line;
    has_record_ = true;
  }
  record_end_ = end;
  return {};
}

Result<void> TailedFile::end_record(const Emit& emit) {
  if (!std::exchange(has_record_, false)) return {};
  add_record(record_);
  to_ = record_end_;
  if (decoder_.size() < kStretchRecords && to_ - from_ < kStretchBytes) return {};
  return emit_stretch(emit);
}

void TailedFile::add_record(std::string_view text) {
  if (const auto added = decoder_.add_line(text, received_); !added)
    ledger_.count_undecodable("line", text.size());
}

Result<void> TailedFile::emit_stretch(const Emit& emit) {
  if (to_ == from_) return {};
  Stretch stretch{from_, to_, decoder_.take()};
  for (model::Batch& batch : stretch.batches) add_path(batch);
  from_ = to_;
  return emit(std::move(stretch));
}

// Where a line was written is part of where it comes from.
void TailedFile::add_path(model::Batch& batch) const {
  if (batch.signal != model::Signal::kLogs) return;
  const std::string_view path = batch.arena->copy(repair_utf8(path_));
  for (model::Resource& resource : batch.resources) {
    std::vector<model::KeyValue> all(resource.attributes.begin(), resource.attributes.end());
    all.push_back({"log.file.path", model::Value::string(path)});
    resource.attributes = batch.arena->copy_array<model::KeyValue>(all);
  }
}

Result<void> TailedFile::settle(Duration now, const Emit& emit) {
  if (has_record_ && now - last_read_ >= kJoinIdle) {
    OBS_TRY_VOID(end_record(emit));
    joiner_.reset();
  }
  return now - last_read_ >= kIdle ? emit_stretch(emit) : Result<void>();
}

Result<void> TailedFile::end(const Emit& emit) {
  if (!line_.empty()) {
    OBS_TRY_VOID(take_line(line_, position_, emit));
    line_.clear();
  }
  OBS_TRY_VOID(end_record(emit));
  to_ = position_;
  return emit_stretch(emit);
}

Stretch TailedFile::read_again(int fd, const std::string& path, std::uint64_t from,
                               std::uint64_t to, const codec::MultilineRule& rule,
                               pipeline::Ledger& ledger) {
  Stretch stretch{from, to, {}};
  // A stretch ends with the record that fills it.
  if (to < from || to - from > kStretchBytes + kMaxTailedRecord + kReadBytes) return stretch;
  std::string bytes(to - from, '\0');
  if (::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(from)) !=
      static_cast<ssize_t>(bytes.size()))
    return stretch;
  // The reader of its own has no descriptor to close.
  TailedFile again(-1, path, from, rule, ledger);
  again.received_ = system_clock().now();
  const Emit keep = [&](Stretch part) -> Result<void> {
    for (model::Batch& batch : part.batches) stretch.batches.push_back(std::move(batch));
    return {};
  };
  (void)again.take(bytes, keep);
  (void)again.end(keep);
  return stretch;
}

}  // namespace obs::places
