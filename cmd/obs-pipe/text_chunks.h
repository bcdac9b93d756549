// Chunks of a text that is in memory as a whole.

#pragma once

#include <string>

#include "cmd/obs-pipe/file_chunks.h"

namespace obs::pipe {

class TextChunks final : public Chunks {
 public:
  TextChunks(std::string name, std::string text)
      : Chunks(std::move(name)), text_(std::move(text)) {}
  Result<bool> claim(lang::Chunk& chunk) override;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace obs::pipe
