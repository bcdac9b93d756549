#include "libobs/query/follow.h"

#include <utility>

namespace obs::query {

Follower::Follower(Reader& reader, model::Signal signal, RecordFilter filter, RecordColumns columns,
                   std::uint64_t after_seq)
    : reader_(reader), signal_(signal), filter_(std::move(filter)), columns_(columns) {
  filter_.newest = 0;
  filter_.after_seq = after_seq;
}

// What arrives after the snapshot has a greater number than any in it, so the snapshot's last is
// where the next look begins, whether or not a record of this signal has it.
Result<std::uint64_t> Follower::poll(RowSink& sink) {
  store::SnapshotFilter snapshot;
  snapshot.after_seq = filter_.after_seq;
  OBS_TRY_VOID(reader_.refresh(snapshot));
  const std::uint64_t last = reader_.last_seq();
  if (last <= filter_.after_seq) return std::uint64_t{0};
  const std::string sql =
      select_records(signal_, filter_, columns_, RecordOrder::kArrival, reader_.project());
  OBS_TRY(const auto rows, reader_.run(sql, {}));
  OBS_TRY(const std::uint64_t count, drain(*rows, sink));
  filter_.after_seq = last;
  return count;
}

}  // namespace obs::query
