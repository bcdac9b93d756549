// The records of a store as lines for a program of the pipeline language: only those that its
// leading conditions leave, only the members it reads, in order only where that matters.
//
//   OBS_TRY(auto scan, PipeScan::open(reader, program, signal, asked, now));
//   OBS_TRY(auto counters, lang::pump(plan, *scan, options));

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libobs/lang/pump.h"
#include "libobs/query/pipe_columns.h"
#include "libobs/query/pipe_pushdown.h"
#include "libobs/query/reader.h"

namespace obs::query {

class PipeScan final : public lang::ChunkSource {
 public:
  // Of the reader's snapshot, which stays until this object goes. `asked` bounds what is read,
  // `now` is what now() means. The reader is not to be asked anything else meanwhile.
  static Result<std::unique_ptr<PipeScan>> open(Reader& reader, const lang::Program& program,
                                                model::Signal signal, RecordFilter asked,
                                                Timestamp now);

  Result<bool> next(lang::Chunk& chunk) override;
  void stop() override { stopped_ = true; }

  // For people: what the store does of the program, and what it reads.
  std::string explain() const;

 private:
  PipeScan(Reader& reader, model::Signal signal) : reader_(reader), signal_(signal) {}

  Result<void> choose_filter(Pushdown pushdown);
  Result<bool> has_any(const RecordFilter& filter, const std::string& condition);
  Result<void> choose_members(const lang::Program& program);
  Result<void> make_queries(const lang::Program& program);
  Result<bool> pays_to_fold(const PipeColumns& reads);
  Result<bool> has_row(const std::string& sql);
  Result<bool> next_row(std::span<const model::Value>& row);

  Reader& reader_;
  const model::Signal signal_;
  RecordFilter filter_;
  RecordFilter times_;  // Of its conditions those of time, which cost nothing.
  std::vector<std::string> taken_;
  std::vector<std::string> members_;  // In SQL, one for each of record_columns().
  std::string read_;                  // Their names; empty: all.
  bool is_whole_ = false;             // The program may look at all of a record.
  bool is_folded_ = false;            // A row has one column more: how many records it stands for.
  std::atomic<bool> stopped_ = false;

  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::string> queries_;
  std::size_t query_ = 0;
  std::unique_ptr<store::RowStream> rows_;
  std::uint64_t chunks_ = 0;
};

}  // namespace obs::query
