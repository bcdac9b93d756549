#include "libobs/lang/spill_runs.h"

#include <algorithm>

#include "libobs/base/bytes.h"
#include "libobs/lang/spill_bytes.h"

namespace obs::lang {
namespace {

// Large enough for a disk to be read in order, small enough for many runs at a time.
constexpr std::size_t kBlockBytes = 64 * kKiB;
// Runs of one level that become one of the next.
constexpr std::size_t kFanIn = 64;

}  // namespace

// Where a run is read.
class SpillRuns::Cursor {
 public:
  Cursor(const SpillFile& file, const Run& run) : file_(file), run_(run) {}

  std::string_view record() const { return record_; }
  // False at the end of the run.
  Result<bool> next() {
    if (rest_.empty()) {
      if (block_ == run_.size()) return false;
      const Block& block = run_[block_++];
      text_.resize(block.size);
      OBS_TRY_VOID(file_.read(block.offset, text_.data(), block.size));
      rest_ = text_;
    }
    record_ = take_sized(rest_);
    return true;
  }

 private:
  const SpillFile& file_;
  const Run& run_;
  std::size_t block_ = 0;
  std::string text_;
  std::string_view rest_;  // Of the block.
  std::string_view record_;
};

Result<void> SpillRuns::put(SpillFile& file, Run& run, std::string& block) {
  if (block.empty()) return {};
  OBS_TRY(const std::uint64_t offset, file.append(block));
  run.push_back({offset, block.size()});
  block.clear();
  return {};
}

Result<void> SpillRuns::add(std::string_view record) {
  append_sized(block_, record);
  return block_.size() < kBlockBytes ? Result<void>() : put(*file_, run_, block_);
}

Result<void> SpillRuns::end_run() {
  OBS_TRY_VOID(put(*file_, run_, block_));
  std::string().swap(block_);
  if (run_.empty()) return {};
  return add_run(std::exchange(run_, {}), 0);
}

Result<void> SpillRuns::add_run(Run run, std::size_t level) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  levels_[level].push_back(std::move(run));
  if (levels_[level].size() < kFanIn) return {};
  const std::vector<Run> small = std::exchange(levels_[level], {});
  std::vector<const Run*> runs;
  for (const Run& one : small) runs.push_back(&one);
  Run merged;
  std::string block;
  const auto put_record = [&](std::string_view record) -> Result<bool> {
    append_sized(block, record);
    if (block.size() >= kBlockBytes) OBS_TRY_VOID(put(*file_, merged, block));
    return true;
  };
  OBS_TRY_VOID(merge_runs(runs, put_record));
  OBS_TRY_VOID(put(*file_, merged, block));
  return add_run(std::move(merged), level + 1);
}

Result<void> SpillRuns::take(SpillRuns& other) {
  OBS_TRY_VOID(other.end_run());
  for (std::size_t level = other.levels_.size(); level-- > 0;) {
    for (Run& run : other.levels_[level]) OBS_TRY_VOID(add_run(std::move(run), 0));
  }
  other.levels_.clear();
  return {};
}

Result<void> SpillRuns::merge(const Visit& visit) const {
  std::vector<const Run*> runs;
  for (std::size_t level = levels_.size(); level-- > 0;) {
    for (const Run& run : levels_[level]) runs.push_back(&run);
  }
  return merge_runs(runs, visit);
}

Result<void> SpillRuns::merge_runs(const std::vector<const Run*>& runs, const Visit& visit) const {
  std::vector<Cursor> cursors;
  cursors.reserve(runs.size());
  std::vector<std::size_t> heap;  // Of cursors, the one whose record is first at the front.
  const auto is_later = [&](std::size_t a, std::size_t b) {
    if (less_(cursors[b].record(), cursors[a].record())) return true;
    return b < a && !less_(cursors[a].record(), cursors[b].record());
  };
  for (const Run* const run : runs) {
    cursors.emplace_back(*file_, *run);
    OBS_TRY(const bool has_record, cursors.back().next());
    if (has_record) heap.push_back(cursors.size() - 1);
  }
  std::make_heap(heap.begin(), heap.end(), is_later);
  while (!heap.empty()) {
    OBS_TRY(const bool wants_more, visit(cursors[heap.front()].record()));
    if (!wants_more) break;
    std::pop_heap(heap.begin(), heap.end(), is_later);
    OBS_TRY(const bool has_record, cursors[heap.back()].next());
    if (has_record) {
      std::push_heap(heap.begin(), heap.end(), is_later);
    } else {
      heap.pop_back();
    }
  }
  return {};
}

}  // namespace obs::lang
