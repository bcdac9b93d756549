#include "libobs/store/fresh_rows.h"

#include <algorithm>
#include <utility>

#include "libobs/model/batch_memory.h"
#include "libobs/store/mem_segment.h"
#include "libobs/store/replay.h"
#include "libobs/store/row_scan.h"
#include "libobs/store/wal_segments.h"

namespace obs::store {
namespace {

bool matches(const FreshBatch& batch, model::Signal signal, const SnapshotFilter& filter) {
  const FrameInfo& info = batch.info();
  return info.signal == static_cast<std::uint8_t>(signal) &&
         may_match(filter, info.min_time, info.max_time, batch.last_seq());
}

class FreshCursor final : public TableCursor {
 public:
  FreshCursor(const DuckdbApi& api, model::Signal signal, const FreshBatches& batches,
              std::size_t stretch, std::vector<idx_t> columns)
      : api_(api),
        signal_(signal),
        batches_(batches),
        stretch_(stretch),
        columns_(std::move(columns)) {}

  Result<idx_t> fill(duckdb_data_chunk chunk) override {
    for (;;) {
      if (now_.cursor != nullptr) {
        OBS_TRY(const idx_t rows, now_.cursor->fill(chunk));
        if (rows > 0) return rows;
      }
      if (next_ == batches_.size()) return idx_t{0};
      auto begun = begin_stretch();
      if (!begun) return fail(std::move(begun).error().during("read WAL"));
    }
  }

 private:
  struct Stretch {
    std::unique_ptr<const RowScan> rows;
    std::unique_ptr<TableCursor> cursor;  // It refers to the rows.
  };

  Result<void> begin_stretch() {
    std::vector<SequencedBatch> decoded;
    for (std::size_t memory = 0; next_ < batches_.size() && memory < stretch_; ++next_) {
      OBS_TRY(decoded.emplace_back(), batches_[next_]->decode());
      memory += model::memory_bytes(*decoded.back().batch);
    }
    auto set = std::make_shared<const RowSet>(signal_, decoded);
    auto refs = set->all_rows();
    // Whoever got the last chunk may still be pointing into it.
    before_ = std::move(now_);
    now_.rows = std::make_unique<const RowScan>(std::move(set), std::move(refs), 0);
    now_.cursor = now_.rows->open(api_, columns_);
    return {};
  }

  const DuckdbApi& api_;
  const model::Signal signal_;
  const FreshBatches& batches_;
  const std::size_t stretch_;
  const std::vector<idx_t> columns_;
  std::size_t next_ = 0;
  Stretch before_;
  Stretch now_;
};

}  // namespace

bool DecodedRoom::take(std::size_t bytes) {
  std::size_t left = left_;
  while (left >= bytes) {
    if (left_.compare_exchange_weak(left, left - bytes)) return true;
  }
  return false;
}

FreshBatch::~FreshBatch() { room_->give_back(kept_); }

Result<SequencedBatch> FreshBatch::decode() {
  const std::lock_guard lock(mutex_);
  if (decoded_) return *decoded_;
  OBS_TRY(SequencedBatch decoded, decode_frame(info_.first_seq, envelope_, segment_));
  const std::size_t memory = model::memory_bytes(*decoded.batch);
  if (room_->take(memory)) {
    kept_ = memory;
    decoded_ = decoded;
    segment_.reset();
  }
  return decoded;
}

Result<void> FreshRows::map() {
  OBS_TRY(auto mapped, map_segments(fs_, dir_, applied_));
  std::map<std::uint64_t, Segment> segments;
  for (WalSegment& there : mapped) {
    Segment segment = std::move(segments_[there.number]);
    // The end of a segment that was given up was never acknowledged.
    const std::uint64_t limit = there.known_size.value_or(segment.good_size);
    while (!segment.batches.empty() && segment.batches.back().first >= limit) {
      segment.batches.pop_back();
    }
    segment.good_size = std::min(segment.good_size, limit);
    const std::shared_ptr<const Mapping> mapping = std::move(there.mapping);
    const SegmentScan scan =
        scan_segment(as_text(mapping->bytes()), there.known_size, segment.good_size);
    for (const Frame& frame : scan.frames) {
      segment.batches.emplace_back(
          frame.offset, std::make_shared<FreshBatch>(frame.info, mapping, frame.envelope, room_));
    }
    for (const Damage& damage : scan.damage) {
      segment.damage.push_back(describe_damage(there.path, damage));
    }
    segment.good_size = scan.good_size;
    segments.emplace(there.number, std::move(segment));
  }
  segments_ = std::move(segments);
  return {};
}

void FreshRows::settle(std::uint64_t applied) {
  applied_ = applied;
  segments_.erase(segments_.begin(), segments_.upper_bound(applied));
}

FreshBatches FreshRows::find(model::Signal signal, const SnapshotFilter& filter) const {
  FreshBatches found;
  for (const auto& [number, segment] : segments_) {
    for (const auto& [offset, batch] : segment.batches) {
      if (matches(*batch, signal, filter)) found.push_back(batch);
    }
  }
  return found;
}

std::uint64_t FreshRows::last_seq() const {
  std::uint64_t last = 0;
  for (const auto& [number, segment] : segments_) {
    for (const auto& [offset, batch] : segment.batches) last = std::max(last, batch->last_seq());
  }
  return last;
}

std::vector<std::string> FreshRows::damage() const {
  std::vector<std::string> all;
  for (const auto& [number, segment] : segments_) {
    all.insert(all.end(), segment.damage.begin(), segment.damage.end());
  }
  return all;
}

FreshScan::FreshScan(model::Signal signal, FreshBatches batches, std::size_t stretch)
    : signal_(signal), batches_(std::move(batches)), stretch_(stretch) {
  for (const auto& batch : batches_) rows_ += batch->info().records;
}

void FreshScan::describe(const DuckdbApi& api, const AddColumn& add) const {
  describe_rows(signal_, {}, api, add);
}

// The statement keeps this source, and so what the cursor refers to.
std::unique_ptr<TableCursor> FreshScan::open(const DuckdbApi& api,
                                             std::vector<idx_t> columns) const {
  return std::make_unique<FreshCursor>(api, signal_, batches_, stretch_, std::move(columns));
}

}  // namespace obs::store
