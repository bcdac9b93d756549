#include "libobs/store/duckdb_chunks.h"

#include <utility>

namespace obs::store {

Result<DuckdbChunks> DuckdbChunks::start(const DuckdbApi& api, PreparedHandle prepared,
                                         std::vector<std::shared_ptr<void>> owners) {
  PendingHandle pending(api);
  if (api.pending_prepared_streaming(prepared.get(), pending.out()) != DuckDBSuccess) {
    return fail(statement_error(api.pending_error(pending.get())));
  }
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
