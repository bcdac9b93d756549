#include "libobs/places/line_splitter.h"

#include <utility>

namespace obs::places {
namespace {

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void LineSplitter::feed(std::string_view bytes) {
  // What has been handed out makes room: the rest is less than a line, so moving it is cheap.
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  buffer_ += bytes;
}

std::optional<std::string_view> LineSplitter::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end == buffer_.npos) break;
    const auto line = std::string_view(buffer_).substr(start_, end - start_);
    start_ = scanned_ = end + 1;
    if (std::exchange(skipping_, false)) continue;
    if (line.size() <= max_line_) return without_return(line);
    ++overlong_;
  }
  scanned_ = buffer_.size();
  if (skipping_ || scanned_ - start_ > max_line_) {
    overlong_ += skipping_ ? 0 : 1;
    skipping_ = true;
    start_ = scanned_;
  }
  return std::nullopt;
}

std::optional<std::string_view> LineSplitter::last() {
  const auto line = std::string_view(buffer_).substr(start_);
  start_ = scanned_ = buffer_.size();
  if (skipping_ || line.empty()) return std::nullopt;
  return without_return(line);
}

std::uint64_t LineSplitter::take_overlong() { return std::exchange(overlong_, 0); }

}  // namespace obs::places
