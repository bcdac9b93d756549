#include "libobs/store/group_commit.h"

#include <limits>
#include <utility>
#include <vector>

#include "libobs/codec/envelope.h"

namespace obs::store {
namespace {

using Fate = PendingWrite::Fate;

// A frame buffer that a burst made larger than this is given back.
constexpr std::size_t kKeptBuffer = std::size_t{1} << 20;
// What a batch takes beside its bytes, about.
constexpr std::size_t kFrameAndEnvelope = 256;

Result<model::BatchPtr> reopen(codec::Envelope envelope) {
  constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  OBS_TRY(model::Batch batch, codec::open_envelope(std::move(envelope), kNoLimit));
  return std::make_shared<const model::Batch>(std::move(batch));
}

}  // namespace

Result<void> GroupCommit::commit(std::span<PendingWrite> group) {
  frames_.clear();
  group_ids_.clear();
  std::vector<Framed> framed;
  std::size_t wire = 0;
  for (const PendingWrite& write : group) wire += write.batch->wire.size() + kFrameAndEnvelope;
  frames_.reserve(wire);
  for (PendingWrite& write : group) {
    if (is_duplicate(write)) {
      write.fate = Fate::kDuplicate;
    } else if (auto made = frame(write)) {
      framed.push_back(*std::move(made));
    } else {
      group_ids_.erase(write.batch->id);
      write.error = std::move(made).error();
    }
  }
  if (!group.empty() && framed.empty()) return {};

  auto written = log_.append(frames_);
  if (!written) {
    // A duplicate of a batch in this very group was not stored either.
    for (PendingWrite& write : group) {
      write.fate = Fate::kFailed;
      write.error = {Errc::kUnavailable, written.error().message};
    }
    return written;
  }
  bytes_written_ += frames_.size();
  if (frames_.capacity() > kKeptBuffer) std::string().swap(frames_);
  for (Framed& each : framed) keep(std::move(each));
  return {};
}

bool GroupCommit::is_duplicate(const PendingWrite& write) {
  const model::BatchId& id = write.batch->id;
  if (id.is_zero()) return false;
  return recent_.contains(id, clock_.now()) || !group_ids_.insert(id).second;
}

// OTLP keeps the records of a scope together. So a batch that did not come as OTLP may change its
// order on its way through the WAL; what is kept is what replay would find, so that a record has
// one sequence number for ever.
Result<GroupCommit::Framed> GroupCommit::frame(PendingWrite& write) {
  const model::Batch& batch = *write.batch;
  const model::TimeRange range = model::time_range(batch);
  const FrameInfo info{next_seq_,
                       static_cast<std::uint32_t>(batch.size()),
                       static_cast<std::uint8_t>(batch.signal),
                       range.min,
                       range.max,
                       log_.offset()};
  const std::size_t begin = frames_.size();
  SequencedBatch stored{write.batch, next_seq_};
  if (!batch.wire.empty()) {
    append_frame(frames_, info, [&](std::string& out) { codec::append_wire_envelope(out, batch); });
  } else {
    codec::Envelope envelope = codec::seal(batch, false);
    append_frame(frames_, info, [&](std::string& out) { codec::append_envelope(out, envelope); });
    auto reopened = reopen(std::move(envelope));
    if (!reopened) {
      frames_.resize(begin);
      return fail(Errc::kInternal, std::move(reopened).error().message);
    }
    stored.batch = *std::move(reopened);
  }
  Framed framed{&write, std::move(stored), frames_.size() - begin};
  // Numbers that a failure wastes are not used again: a reader may have seen them.
  next_seq_ += info.records;
  return framed;
}

void GroupCommit::keep(Framed framed) {
  framed.write->fate = Fate::kStored;
  recent_.add(framed.write->batch->id, clock_.now());
  if (active_ == nullptr) {
    active_ = std::make_shared<MemSegment>();
    active_->oldest = clock_.monotonic();
  }
  active_->number = log_.segment();
  active_->add(std::move(framed.stored), framed.bytes, framed.write->memory);
}

MemSegmentPtr GroupCommit::take(bool full) {
  log_.seal();
  if (active_ != nullptr) active_->full = full;
  return std::exchange(active_, nullptr);
}

}  // namespace obs::store
