// What the WAL holds beyond the parts, for a reader. Internal to libobs/store.

#pragma once

#include <array>
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

// A batch in the WAL, decoded when somebody wants it. Any thread.
class FreshBatch {
 public:
  // `segment` holds the envelope.
  FreshBatch(const FrameInfo& info, std::shared_ptr<const Mapping> segment,
             std::string_view envelope)
      : info_(info), segment_(std::move(segment)), envelope_(envelope) {}

  const FrameInfo& info() const { return info_; }
  std::uint64_t last_seq() const { return info_.first_seq + info_.records - 1; }
  Result<SequencedBatch> decode();

 private:
  const FrameInfo info_;
  std::mutex mutex_;
  std::shared_ptr<const Mapping> segment_;  // Until it is decoded.
  std::string_view envelope_;
  std::optional<SequencedBatch> decoded_;
};

using FreshBatches = std::vector<std::shared_ptr<FreshBatch>>;

// The reader's view of the WAL, kept up to date by reading only what came since. One thread.
class FreshRows {
 public:
  FreshRows(Fs& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}

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
  std::uint64_t applied_ = 0;
  std::map<std::uint64_t, Segment> segments_;
};

// Fresh batches as rows for DuckDB. They are decoded when a statement that reads them begins.
class FreshScan final : public TableSource {
 public:
  FreshScan(model::Signal signal, FreshBatches batches);

  void describe(const DuckdbApi& api, const AddColumn& add) const override;
  idx_t row_count() const override { return rows_; }
  std::unique_ptr<TableCursor> open(const DuckdbApi& api,
                                    std::vector<idx_t> columns) const override;

 private:
  Result<std::shared_ptr<const TableSource>> decode() const;

  const model::Signal signal_;
  const FreshBatches batches_;
  idx_t rows_ = 0;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const TableSource> decoded_;
};

}  // namespace obs::store
