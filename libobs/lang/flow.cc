#include <utility>

#include <fmt/format.h>

#include "libobs/lang/sampling.h"
#include "libobs/lang/search.h"
#include "libobs/lang/stage.h"

namespace obs::lang {
namespace {

// What finish() may gather before it leaves.
constexpr std::size_t kDrainBytes = 256 * kKiB;

// As --memory takes it: 1048576 is "1MiB".
std::string size_text(std::size_t bytes) {
  constexpr struct {
    std::size_t size;
    const char* unit;
  } kUnits[] = {{kGiB, "GiB"}, {kMiB, "MiB"}, {kKiB, "KiB"}, {1000 * 1000, "MB"}, {1000, "KB"}};
  for (const auto& [size, unit] : kUnits) {
    if (bytes != 0 && bytes % size == 0) return fmt::format("{}{}", bytes / size, unit);
  }
  return fmt::format("{} bytes", bytes);
}

}  // namespace

void Flow::push(Record& record, std::size_t stage) {
  if (stage < stages_->size()) return (*stages_)[stage]->push(record, *this, stage + 1);
  ++counters_.sent;
  record.append_line(*out_);
  if (out_copies_ != nullptr) out_copies_->push_back(copies_);
  drain_some();
}

void Flow::drain_some() {
  if (drain_ == nullptr || out_->size() < kDrainBytes || error_) return;
  check((*drain_)(*out_));
  out_->clear();
}

Record& Flow::spare(std::string_view line, std::size_t stage) {
  if (spares_.size() <= stage) spares_.resize(stage + 1);
  Spare& spare = spares_[stage];
  if (!spare.record) {
    spare.record = std::make_unique<Record>(fields_);
    spare.record->trust();
  }
  spare.line.assign(line);
  spare.line.append(kScanPadding, '\0');
  spare.record->reset(std::string_view(spare.line).substr(0, line.size()));
  return *spare.record;
}

void Flow::push_line(std::string_view line, std::size_t stage) {
  if (stage < stages_->size()) {
    const std::uint64_t copies = std::exchange(copies_, 1);
    push(spare(line, stage), stage);
    copies_ = copies;
    return;
  }
  ++counters_.sent;
  *out_ += line;
  *out_ += '\n';
  drain_some();
}

namespace {

// Whether the needle stands in the lines as it is; escapes do not matter here.
bool stands_in(const Needle& needle, std::string_view lines) {
  std::size_t at = needle.find(lines, 0);
  while (at != std::string_view::npos && lines[at] == '\\') at = needle.find(lines, at + 1);
  return at != std::string_view::npos;
}

}  // namespace

// Fields that hardly any record has would keep every scan from stopping early.
void Flow::look_for_weights(std::string_view lines) {
  static const Needle kThreshold{std::string(kThresholdAttribute)};
  static const Needle kTraceState{"ot="};
  may_be_weighted_ =
      stands_in(kThreshold, lines) || (stands_in(kTraceState, lines) && contains(lines, "th:"));
}

void Flow::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Flow::hold(std::size_t bytes, std::string_view what) {
  if (try_hold(bytes)) return;
  fail({Errc::kLimitExceeded,
        fmt::format("{} holds more than the {} that --memory allows; allow more, or give it fewer "
                    "records or groups",
                    what, size_text(options_.memory))});
}

}  // namespace obs::lang
