#include "libobs/store/fresh_rows.h"

#include <algorithm>
#include <utility>

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

// A scan that could not be made: tells why as soon as it is read.
class FailedCursor final : public TableCursor {
 public:
  explicit FailedCursor(Error error) : error_(std::move(error)) {}
  Result<idx_t> fill(duckdb_data_chunk) override { return fail(error_); }

 private:
  Error error_;
};

}  // namespace

Result<SequencedBatch> FreshBatch::decode() {
  const std::lock_guard lock(mutex_);
  if (!decoded_) {
    OBS_TRY(decoded_, decode_frame(info_.first_seq, envelope_, segment_));
    segment_.reset();
  }
  return *decoded_;
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
          frame.offset, std::make_shared<FreshBatch>(frame.info, mapping, frame.envelope));
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

FreshScan::FreshScan(model::Signal signal, FreshBatches batches)
    : signal_(signal), batches_(std::move(batches)) {
  for (const auto& batch : batches_) rows_ += batch->info().records;
}

void FreshScan::describe(const DuckdbApi& api, const AddColumn& add) const {
  describe_rows(signal_, {}, api, add);
}

Result<std::shared_ptr<const TableSource>> FreshScan::decode() const {
  const std::lock_guard lock(mutex_);
  if (decoded_ != nullptr) return decoded_;
  std::vector<SequencedBatch> decoded;
  for (const auto& batch : batches_) {
    OBS_TRY(auto sequenced, batch->decode());
    decoded.push_back(std::move(sequenced));
  }
  auto set = std::make_shared<const RowSet>(signal_, decoded);
  auto rows = set->all_rows();
  decoded_ = std::make_shared<const RowScan>(std::move(set), std::move(rows), 0);
  return decoded_;
}

// The statement keeps this source, which keeps the decoded one.
std::unique_ptr<TableCursor> FreshScan::open(const DuckdbApi& api,
                                             std::vector<idx_t> columns) const {
  auto decoded = decode();
  if (!decoded) {
    return std::make_unique<FailedCursor>(std::move(decoded).error().during("read WAL"));
  }
  return (*decoded)->open(api, std::move(columns));
}

}  // namespace obs::store
