#include "libobs/query/row_sink.h"

namespace obs::query {

Result<std::uint64_t> drain(store::RowStream& rows, RowSink& sink, std::uint64_t limit) {
  std::uint64_t count = 0;
  while (limit == 0 || count < limit) {
    std::span<const model::Value> row;
    OBS_TRY(const bool more, rows.next(row));
    if (!more) break;
    OBS_TRY_VOID(sink.add(row));
    ++count;
  }
  return count;
}

}  // namespace obs::query
