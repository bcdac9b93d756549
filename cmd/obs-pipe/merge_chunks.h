// Several inputs as one, in the order of their records' times.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/obs-pipe/file_chunks.h"
#include "libobs/base/clock.h"
#include "libobs/lang/record.h"

namespace obs::pipe {

// The next line is that with the earliest time of those that come next in each input; of equal ones
// that of the first input. So each input keeps its own order, and is thought to be in that of time.
// A line without a time stays with the one before it.
class MergeChunks final : public Chunks {
 public:
  // `apart`: each chunk is of one input, so that lines can be told by file and number.
  MergeChunks(std::vector<std::unique_ptr<Chunks>> inputs, bool apart);
  ~MergeChunks() override;

  Result<bool> claim(lang::Chunk& chunk) override;

 private:
  class Input;

  lang::FieldTable fields_;
  std::size_t time_;
  lang::Record record_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<Input*> heap_;  // Those with a line; the one that comes next at the front.
  bool apart_;
  bool begun_ = false;
  std::optional<Error> error_;  // Of an input, once the lines before it were handed on.
};

}  // namespace obs::pipe
