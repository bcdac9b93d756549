#include "tests/unit/lang/run_program.h"

#include <cstring>
#include <mutex>

#include "libobs/lang/parser.h"
#include "libobs/lang/pump.h"

namespace obs::test {
namespace {

class TextSource final : public lang::ChunkSource {
 public:
  TextSource(std::string_view text, std::size_t chunk_bytes)
      : text_(text), chunk_bytes_(chunk_bytes) {}

  Result<bool> next(lang::Chunk& chunk) override {
    const std::lock_guard lock(mutex_);
    if (stopped_ || text_.empty()) return false;
    const std::size_t from = std::min(chunk_bytes_, text_.size()) - 1;
    const std::size_t newline = text_.find('\n', from);
    const std::size_t size = newline == std::string_view::npos ? text_.size() : newline + 1;
    char* const data = chunk.buffer.reserve(size, 0);
    std::memcpy(data, text_.data(), size);
    chunk.lines = {data, size};
    chunk.number = number_++;
    chunk.name = "input";
    chunk.begins_file = chunk.number == 0;
    text_.remove_prefix(size);
    return true;
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }

 private:
  std::mutex mutex_;
  std::string_view text_;
  std::size_t chunk_bytes_;
  std::uint64_t number_ = 0;
  bool stopped_ = false;
};

}  // namespace

RunResult run_program(std::string_view text, std::string_view input, RunOptions options) {
  RunResult result;
  auto program = lang::parse(text);
  if (!program) return {{}, {}, program.error().message};
  auto plan = lang::compile(std::move(*program), options.engine);
  if (!plan) return {{}, {}, plan.error().message};
  TextSource source(input, options.chunk_bytes);
  lang::PumpOptions pump_options;
  pump_options.threads = options.threads;
  pump_options.write = [&result](std::string_view bytes) {
    result.output += bytes;
    return Result<void>();
  };
  auto counters = lang::pump(*plan, source, pump_options);
  if (counters) {
    result.counters = *counters;
  } else {
    result.error = counters.error().message;
  }
  return result;
}

std::string run(std::string_view program, std::string_view input) {
  const RunResult result = run_program(program, input);
  return result.error.empty() ? result.output : "! " + result.error;
}

}  // namespace obs::test
