#include "libobs/store/duckdb_chunks.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace obs::store {
namespace {

// While DuckDB's own threads have all the tasks there are, it would ask for one over and over, and
// take a core for it that somebody else wants.
constexpr std::chrono::microseconds kShortestPause{20};
constexpr std::chrono::microseconds kLongestPause{500};

Result<void> help_until_ready(const DuckdbApi& api, duckdb_pending_result pending) {
  auto pause = kShortestPause;
  for (;;) {
    const duckdb_pending_state state = api.pending_execute_task(pending);
    if (state == DUCKDB_PENDING_RESULT_NOT_READY) {
      pause = kShortestPause;
    } else if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) {
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    } else if (state == DUCKDB_PENDING_ERROR) {
      return fail(running_error(api.pending_error(pending)));
    } else {
      return {};
    }
  }
}

}  // namespace

Result<DuckdbChunks> DuckdbChunks::start(const DuckdbApi& api, PreparedHandle prepared,
                                         std::vector<std::shared_ptr<void>> owners) {
  PendingHandle pending(api);
  if (api.pending_prepared_streaming(prepared.get(), pending.out()) != DuckDBSuccess) {
    return fail(statement_error(api.pending_error(pending.get())));
  }
  OBS_TRY_VOID(help_until_ready(api, pending.get()));
  ResultHandle result(api);
  if (api.execute_pending(pending.get(), result.get()) != DuckDBSuccess) {
    return fail(result_error(api, result));
  }
  return DuckdbChunks(api, std::move(prepared), std::move(result), std::move(owners));
}

// A failure in mid-stream looks like the end of it, until one asks; and a stream that has ended
// must not be asked again.
Result<bool> DuckdbChunks::next() {
  if (ended_) return false;
  *chunk_.out() = api_->fetch_chunk(*result_.get());
  if (chunk_) return true;
  ended_ = true;
  if (api_->result_error(result_.get()) != nullptr) return fail(result_error(*api_, result_));
  return false;
}

}  // namespace obs::store
