#include <fmt/format.h>

#include "libobs/lang/sampling.h"
#include "libobs/lang/stage.h"

namespace obs::lang {

void Flow::push(Record& record, std::size_t stage) {
  if (stage < stages_->size()) return (*stages_)[stage]->push(record, *this, stage + 1);
  ++counters_.sent;
  record.append_line(*out_);
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
  if (stage < stages_->size()) return push(spare(line, stage), stage);
  ++counters_.sent;
  *out_ += line;
  *out_ += '\n';
}

// Fields that hardly any record has would keep every scan from stopping early.
void Flow::look_for_weights(std::string_view lines) {
  may_be_weighted_ =
      contains(lines, kThresholdAttribute) || (contains(lines, "ot=") && contains(lines, "th:"));
}

void Flow::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void Flow::hold(std::size_t bytes, std::string_view what) {
  held_ += bytes;
  if (held_ <= options_.memory) return;
  fail({Errc::kLimitExceeded,
        fmt::format("{} holds more than the {} MiB that --memory allows; allow more, or give it "
                    "fewer records or groups",
                    what, options_.memory / kMiB)});
}

}  // namespace obs::lang
