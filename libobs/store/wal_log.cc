#include "libobs/store/wal_log.h"

#include "libobs/store/store_files.h"

namespace obs::store {

std::string WalLog::path(std::uint64_t number) const {
  return join_path(dir_, segment_path(number));
}

Result<void> WalLog::open_segment() {
  number_ = next_++;
  size_ = 0;
  OBS_TRY(file_, fs_.open_append(path(number_)));
  std::string header;
  append_segment_header(header, {number_, last_good_, last_size_});
  OBS_TRY_VOID(file_->append(as_bytes(header)));
  size_ = kSegmentHeaderSize;
  return {};
}

Result<void> WalLog::write(std::string_view frames) {
  const bool fresh = file_ == nullptr;
  if (fresh) OBS_TRY_VOID(open_segment());
  OBS_TRY_VOID(file_->append(as_bytes(frames)));
  OBS_TRY_VOID(file_->sync());
  if (fresh) OBS_TRY_VOID(fs_.sync_dir(join_path(dir_, kWalDir)));
  size_ += frames.size();
  return {};
}

Result<void> WalLog::append(std::string_view frames) {
  auto written = write(frames);
  if (written) return {};
  const bool holds_something = size_ > kSegmentHeaderSize;
  seal();
  // On a full disk the room is worth having; a reader that has it mapped keeps it.
  if (!holds_something) (void)fs_.remove(path(number_));
  return fail(std::move(written).error().during("append to WAL"));
}

void WalLog::seal() {
  file_.reset();
  if (size_ <= kSegmentHeaderSize) return;
  last_good_ = number_;
  last_size_ = size_;
  size_ = 0;
}

void remove_segments(Fs& fs, const std::string& dir, std::uint64_t number) {
  const std::string wal = join_path(dir, kWalDir);
  const auto entries = fs.list(wal);
  if (!entries) return;
  for (const DirEntry& entry : *entries) {
    const std::uint64_t found = parse_segment_name(entry.name);
    if (found != 0 && found <= number) (void)fs.remove(join_path(wal, entry.name));
  }
}

}  // namespace obs::store
