// What the WAL holds beyond the parts, for a reader. Internal to libobs/store.
//
// A writer that cannot keep up with its flushes leaves hundreds of MB of batches there. So a reader
// never has all of them decoded: a scan decodes a stretch at a time, and what is kept for the next
// one is bounded.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/row_set.h"
#include "libobs/store/session.h"
#include "libobs/store/table_function.h"
#include "libobs/store/wal_format.h"

namespace obs::store {

// Memory for batches that stay decoded. Any thread.
class DecodedRoom {
 public:
  // A flush of usual size, so that who asks again and again seldom decodes anything twice.
  static constexpr std::size_t kUsual = std::size_t{64} << 20;
  explicit DecodedRoom(std::size_t bytes = kUsual) : left_(bytes) {}

  // Whether there was so much.
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { left_ += bytes; }

 private:
  std::atomic<std::size_t> left_;
};

// A batch in the WAL, decoded when somebody wants it. Any thread.
class FreshBatch {
 public:
  // `segment` holds the envelope. `room` is for all batches of a reader.
  FreshBatch(const FrameInfo& info, std::shared_ptr<const Mapping> segment,
             std::string_view envelope, std::shared_ptr<DecodedRoom> room)
      : info_(info), room_(std::move(room)), segment_(std::move(segment)), envelope_(envelope) {}
  ~FreshBatch();
  FreshBatch(const FreshBatch&) = delete;
  FreshBatch& operator=(const FreshBatch&) = delete;

  const FrameInfo& info() const { return info_; }
  std::uint64_t last_seq() const { return info_.first_seq + info_.records - 1; }
  // Is decoded anew each time where there is no room to keep it.
  Result<SequencedBatch> decode();

 private:
  const FrameInfo info_;
  const std::shared_ptr<DecodedRoom> room_;
  std::mutex mutex_;                        // Guards all below.
  std::shared_ptr<const Mapping> segment_;  // Until it is kept decoded.
  std::string_view envelope_;
  std::optional<SequencedBatch> decoded_;
  std::size_t kept_ = 0;  // Of the room.
};

using FreshBatches = std::vector<std::shared_ptr<FreshBatch>>;

// The reader's view of the WAL, kept up to date by reading only what came since. One thread.
class FreshRows {
 public:
  FreshRows(Fs& fs, std::string dir, std::size_t room = DecodedRoom::kUsual)
      : fs_(fs), dir_(std::move(dir)), room_(std::make_shared<DecodedRoom>(room)) {}

  // Reads what the WAL holds now. To be called before the catalog is read: what is flushed
  // meanwhile is then in both, and dropped by settle(), never in neither.
  Result<void> map();
  // Drops the segments up to `applied`, which are in parts.
  void settle(std::uint64_t applied);

  // The batches of a signal that may hold what the filter wants, in order of arrival.
  FreshBatches find(model::Signal signal, const SnapshotFilter& filter) const;
  // 0 when there is none.
  std::uint64_t last_seq() const;
  // Sentences about what of the segments cannot be read.
  std::vector<std::string> damage() const;

 private:
  struct Segment {
    std::uint64_t good_size = 0;
    std::vector<std::string> damage;
    std::vector<std::pair<std::uint64_t, std::shared_ptr<FreshBatch>>> batches;  // By offset.
  };
  Fs& fs_;
  const std::string dir_;
  const std::shared_ptr<DecodedRoom> room_;
  std::uint64_t applied_ = 0;
  std::map<std::uint64_t, Segment> segments_;
};

// Fresh batches as rows for DuckDB, decoded while a statement reads them: of each run through them
// two stretches are in memory at a time.
class FreshScan final : public TableSource {
 public:
  // A stretch ends with the batch that brings it to so much.
  static constexpr std::size_t kStretchBytes = std::size_t{8} << 20;
  FreshScan(model::Signal signal, FreshBatches batches, std::size_t stretch = kStretchBytes);

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  const model::Signal signal_;
  const FreshBatches batches_;
  const std::size_t stretch_;
  idx_t rows_ = 0;
};

}  // namespace obs::store
