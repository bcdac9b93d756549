#include "cmd/obs-pipe/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>

#include <fmt/format.h>

#include "cmd/obs-pipe/decode_chunks.h"
#include "cmd/obs-pipe/decode_records.h"
#include "cmd/obs-pipe/file_chunks.h"
#include "cmd/obs-pipe/follow_chunks.h"
#include "cmd/obs-pipe/lines.h"
#include "cmd/obs-pipe/merge_chunks.h"
#include "cmd/obs-pipe/stream_chunks.h"

namespace obs::pipe {
namespace {

using lang::Chunk;

class Inputs final : public lang::ChunkSource {
 public:
  // `drops_mark`: an input may begin with a byte order mark, which JSON to the letter may not.
  Inputs(std::shared_ptr<StopFlag> stop, bool drops_mark)
      : stop_(std::move(stop)), drops_mark_(drops_mark) {}
  void add(std::unique_ptr<Chunks> input) { inputs_.push_back(std::move(input)); }

  Result<bool> next(Chunk& chunk) override {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return !is_taken_ || stop_->stopped(); });
    if (stop_->stopped()) return false;
    is_taken_ = true;
    lock.unlock();
    Chunks* input = nullptr;
    auto more = claim(chunk, input);
    lock.lock();
    // Whoever waits is woken when there is work for it, and when there is none any more.
    is_taken_ = false;
    is_over_ |= !more || !*more;
    const bool wakes = is_over_ || input->is_ahead();
    lock.unlock();
    if (wakes) is_over_ ? free_.notify_all() : free_.notify_one();
    if (!more || !*more) return more;
    OBS_TRY_VOID(input->fill(chunk));
    if (chunk.begins_file && drops_mark_) drop_mark(chunk.lines);
    return true;
  }

  void stop() override {
    stop_->stop();
    const std::lock_guard lock(mutex_);
    free_.notify_all();
  }

 private:
  Result<bool> claim(Chunk& chunk, Chunks*& input) {
    while (current_ < inputs_.size() && !stop_->stopped()) {
      input = inputs_[current_].get();
      chunk.name = input->name();
      OBS_TRY(const bool more, input->claim(chunk));
      if (!more) {
        ++current_;
        begins_ = true;
        continue;
      }
      chunk.number = number_++;
      chunk.begins_file = std::exchange(begins_, false);
      return true;
    }
    return false;
  }

  std::shared_ptr<StopFlag> stop_;
  bool drops_mark_;
  std::vector<std::unique_ptr<Chunks>> inputs_;
  std::mutex mutex_;  // Not held by who claims and may wait for input: that is alone anyway.
  std::condition_variable free_;
  // Guarded by mutex_.
  bool is_taken_ = false;
  bool is_over_ = false;
  // Of whoever claims.
  std::size_t current_ = 0;
  std::uint64_t number_ = 0;
  bool begins_ = true;
};

bool is_compressed(int fd, off_t begin) {
  char bytes[4] = {};
  const ssize_t got = ::pread(fd, bytes, sizeof(bytes), begin);
  return got > 0 && find_compression({bytes, static_cast<std::size_t>(got)}).has_value();
}

Result<std::unique_ptr<Chunks>> open_input(const std::string& path, std::size_t max_line,
                                           const std::shared_ptr<StopFlag>& stop) {
  const bool is_stdin = path == "-";
  const std::string name = is_stdin ? "stdin" : path;
  Descriptor fd(is_stdin ? ::dup(0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "open " + name);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "open " + name);
  if (S_ISDIR(status.st_mode)) return fail_errno(EISDIR, "open " + name);
  // Stdin may stand in the middle of a file that a shell has read from.
  const off_t begin = is_stdin ? std::max<off_t>(::lseek(fd.get(), 0, SEEK_CUR), 0) : 0;
  // Files of /proc say that they are empty.
  const bool is_read_on = !S_ISREG(status.st_mode) || status.st_size == 0;
  if (is_read_on || is_compressed(fd.get(), begin)) {
    return std::unique_ptr<Chunks>(
        std::make_unique<StreamChunks>(name, std::move(fd), max_line, stop));
  }
  return std::unique_ptr<Chunks>(
      std::make_unique<FileChunks>(name, std::move(fd), static_cast<std::uint64_t>(begin),
                                   static_cast<std::uint64_t>(status.st_size), max_line));
}

BadLines bad_lines(const InputOptions& options) {
  if (options.strict) return BadLines::kRefused;
  return options.skip_invalid ? BadLines::kSkipped : BadLines::kKept;
}

Result<std::unique_ptr<Chunks>> follow(const std::vector<std::string>& paths,
                                       const InputOptions& options,
                                       const std::shared_ptr<StopFlag>& stop) {
  if (may_span_lines(options.format)) {
    return fail(Errc::kInvalidArgument,
                fmt::format("--follow: files are followed by their lines, and a record of {} may "
                            "go over several; pipe in what `tail -F` says",
                            options.format));
  }
  if (std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    return fail(Errc::kInvalidArgument,
                "--follow: only files can be followed; stdin is read as it comes anyway");
  }
  const auto warn = [](const std::string& sentence) {
    fmt::print(stderr, "obs-pipe: {}\n", sentence);
  };
  std::unique_ptr<Chunks> files =
      std::make_unique<FollowChunks>(paths, options.max_line, stop, warn);
  return decode_chunks(std::move(files), options.format, bad_lines(options));
}

}  // namespace

Result<std::unique_ptr<lang::ChunkSource>> open_inputs(const std::vector<std::string>& paths,
                                                       const InputOptions& options) {
  auto stop = std::make_shared<StopFlag>();
  auto source = std::make_unique<Inputs>(stop, !options.strict);
  if (options.follow && !paths.empty()) {
    OBS_TRY(auto files, follow(paths, options, stop));
    source->add(std::move(files));
    return std::unique_ptr<lang::ChunkSource>(std::move(source));
  }
  const std::size_t max_line = may_span_lines(options.format) ? kMaxRecord : options.max_line;
  std::vector<std::unique_ptr<Chunks>> inputs;
  for (const std::string& path : paths.empty() ? std::vector<std::string>{"-"} : paths) {
    OBS_TRY(auto input, open_input(path, max_line, stop));
    inputs.push_back(decode_chunks(std::move(input), options.format, bad_lines(options)));
  }
  if (options.merge && inputs.size() > 1) {
    source->add(std::make_unique<MergeChunks>(std::move(inputs), options.strict));
  } else {
    for (auto& input : inputs) source->add(std::move(input));
  }
  return std::unique_ptr<lang::ChunkSource>(std::move(source));
}

}  // namespace obs::pipe
