#include "cmd/obs-pipe/merge_chunks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cmd/obs-pipe/lines.h"

namespace obs::pipe {

class MergeChunks::Input {
 public:
  Input(std::unique_ptr<Chunks> chunks, std::size_t number)
      : chunks_(std::move(chunks)), number_(number) {}

  const std::string& name() const { return chunks_->name(); }
  std::string_view line() const { return line_; }
  std::uint64_t lines_before() const { return lines_ - 1; }

  // Goes on to the next line; false at the end.
  Result<bool> next(lang::Record& record, std::size_t time) {
    while (rest_.empty()) {
      if (chunk_.error) {
        return fail(Error(chunk_.error->error).during(fmt::format("{}:{}", name(), lines_ + 1)));
      }
      OBS_TRY(const bool more, chunks_->claim(chunk_));
      if (!more) return false;
      OBS_TRY_VOID(chunks_->fill(chunk_));
      rest_ = chunk_.lines;
      if (lines_ == 0) drop_mark(rest_);
    }
    line_ = take_line(rest_);
    ++lines_;
    record.reset(line_);
    if (const auto at = to_time(record.get(time))) time_ = *at;
    return true;
  }

  bool is_before(const Input& other) const {
    return time_ != other.time_ ? time_ < other.time_ : number_ < other.number_;
  }

 private:
  std::unique_ptr<Chunks> chunks_;
  std::size_t number_;
  lang::Chunk chunk_;
  std::string_view rest_;  // Of the chunk.
  std::string_view line_;
  std::uint64_t lines_ = 0;
  Timestamp time_ = INT64_MIN;
};

MergeChunks::MergeChunks(std::vector<std::unique_ptr<Chunks>> inputs, bool apart)
    : Chunks("merged inputs"),
      fields_(system_clock().now()),
      time_(fields_.add({lang::FieldRef::Root::kAny, "time"})),
      record_(fields_),
      apart_(apart) {
  for (auto& input : inputs) {
    inputs_.push_back(std::make_unique<Input>(std::move(input), inputs_.size()));
  }
}

MergeChunks::~MergeChunks() = default;

Result<bool> MergeChunks::claim(lang::Chunk& chunk) {
  const auto is_later = [](const Input* a, const Input* b) { return b->is_before(*a); };
  if (!std::exchange(begun_, true)) {
    for (const auto& input : inputs_) {
      OBS_TRY(const bool has_line, input->next(record_, time_));
      if (!has_line) continue;
      heap_.push_back(input.get());
      std::push_heap(heap_.begin(), heap_.end(), is_later);
    }
  }
  if (error_) return fail(*error_);
  if (heap_.empty()) return false;
  const Input* const first = heap_.front();
  chunk.name = apart_ ? first->name() : name();
  chunk.lines_before = first->lines_before();
  std::size_t size = 0;
  while (!heap_.empty() && size < kChunkBytes && (!apart_ || heap_.front() == first)) {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    Input& input = *heap_.back();
    const std::string_view line = input.line();
    char* const data = chunk.buffer.reserve(std::max(kChunkBytes, size + line.size() + 1), size);
    std::memcpy(data + size, line.data(), line.size());
    size += line.size();
    data[size++] = '\n';
    chunk.lines = {data, size};
    auto has_line = input.next(record_, time_);
    if (has_line && *has_line) {
      std::push_heap(heap_.begin(), heap_.end(), is_later);
      continue;
    }
    heap_.pop_back();
    if (has_line) continue;
    error_ = std::move(has_line).error();
    break;
  }
  return true;
}

}  // namespace obs::pipe
