#include "libobs/store/replay.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "libobs/codec/envelope.h"
#include "libobs/model/batch_memory.h"
#include "libobs/store/store_files.h"
#include "libobs/store/wal_segments.h"

namespace obs::store {
namespace {

// Our own payloads, written by a process that had them in memory.
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

void note(const WalSegment& segment, const Damage& damage, std::vector<std::string>& notes) {
  notes.push_back(describe_damage(segment.path, damage));
}

// A segment without a good header was either never used or is damaged there; frames tell.
void note_header(const WalSegment& segment, bool used, std::vector<std::string>& notes) {
  if (!segment.header && used) note(segment, {0, kSegmentHeaderSize}, notes);
}

// Each segment names the one before it, so that one that is gone is missed.
void note_missing(const std::vector<WalSegment>& segments, std::uint64_t applied,
                  std::vector<std::string>& notes) {
  for (const WalSegment& segment : segments) {
    if (!segment.header || segment.header->previous <= applied) continue;
    const std::uint64_t wanted = segment.header->previous;
    const auto is_it = [&](const WalSegment& other) { return other.number == wanted; };
    if (std::none_of(segments.begin(), segments.end(), is_it)) {
      notes.push_back(
          fmt::format("{} follows {}, which is missing", segment.path, segment_path(wanted)));
    }
  }
}

Result<std::shared_ptr<MemSegment>> decode_segment(const WalSegment& segment,
                                                   const SegmentScan& scan,
                                                   std::vector<std::string>& notes) {
  auto decoded = std::make_shared<MemSegment>();
  decoded->number = segment.number;
  for (const Frame& frame : scan.frames) {
    auto batch = decode_frame(frame.info.first_seq, frame.envelope);
    if (batch) {
      const std::size_t memory = model::memory_bytes(*batch->batch);
      decoded->add(*std::move(batch), frame.envelope.size(), memory);
    } else if (batch.error().code == Errc::kUnsupported) {
      return fail(std::move(batch).error().during("replay " + segment.path));
    } else {
      note(segment, {frame.offset, frame.envelope.size()}, notes);
    }
  }
  return decoded;
}

// The segment goes with its flush; its damaged twin stays for whoever wants to look.
void set_aside(Fs& fs, const std::string& dir, const WalSegment& segment) {
  const std::string name = segment_path(segment.number).substr(kWalDir.size() + 1);
  (void)fs.make_dirs(join_path(dir, kDamagedDir));
  (void)fs.link(segment.path, join_path(join_path(dir, kDamagedDir), name));
}

// What counts of the last segment ends where its unsynced tail begins.
void note_last(const WalSegment& segment, const SegmentScan& scan, Replayed& replayed) {
  replayed.tail.clear();
  const std::uint64_t end = segment.known_size ? scan.good_size : scan.synced;
  for (const Frame& frame : scan.frames) {
    if (frame.offset >= end) replayed.tail.push_back({frame.info, std::string(frame.envelope)});
  }
  if (replayed.tail.size() == scan.frames.size()) return;
  replayed.last_good = segment.number;
  replayed.last_size = std::min(end, scan.good_size);
}

}  // namespace

Result<SequencedBatch> decode_frame(std::uint64_t first_seq, std::string_view envelope,
                                    std::shared_ptr<const void> owner) {
  const auto open = [&]() -> Result<model::Batch> {
    if (owner) return codec::open_envelope_in_place(envelope, std::move(owner), kNoLimit);
    auto parsed = codec::parse_envelope(envelope);
    if (!parsed) return fail(to_error(parsed.error()));
    return codec::open_envelope(*std::move(parsed), kNoLimit);
  };
  OBS_TRY(model::Batch batch, open());
  return SequencedBatch{std::make_shared<const model::Batch>(std::move(batch)), first_seq};
}

Result<Replayed> replay_wal(Fs& fs, const std::string& dir, std::uint64_t applied, Duration now) {
  OBS_TRY(const auto segments, map_segments(fs, dir, applied));
  Replayed replayed;
  std::shared_ptr<MemSegment> last;
  replayed.next_segment = applied + 1;
  note_missing(segments, applied, replayed.damage);
  for (const WalSegment& segment : segments) {
    replayed.next_segment = segment.number + 1;
    const SegmentScan scan = scan_segment(segment.bytes(), segment.known_size);
    std::vector<std::string> notes;
    note_header(segment, !scan.frames.empty() || segment.known_size.value_or(0) > 0, notes);
    for (const Damage& damage : scan.damage) note(segment, damage, notes);
    OBS_TRY(auto decoded, decode_segment(segment, scan, notes));
    if (!notes.empty()) set_aside(fs, dir, segment);
    replayed.damage.insert(replayed.damage.end(), notes.begin(), notes.end());
    if (scan.frames.empty()) continue;
    note_last(segment, scan, replayed);
    decoded->oldest = now;
    last = decoded->batches.empty() ? nullptr : decoded;
    if (last) replayed.segments.push_back(last);
  }
  if (last && !replayed.tail.empty()) last->number = replayed.next_segment;
  return replayed;
}

Result<WalLog> resume_log(Fs& fs, const std::string& dir, const Replayed& replayed) {
  WalLog log(fs, dir, replayed.next_segment, replayed.last_good, replayed.last_size);
  if (replayed.tail.empty()) return log;
  std::string frames;
  for (const UnsyncedFrame& frame : replayed.tail) {
    FrameInfo info = frame.info;
    info.synced = log.offset();
    append_frame(frames, info, [&](std::string& out) { out += frame.envelope; });
  }
  OBS_TRY_VOID(log.append(frames));
  log.seal();  // Those that come now are flushed apart from these.
  return log;
}

}  // namespace obs::store
