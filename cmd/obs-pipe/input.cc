#include "cmd/obs-pipe/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include <fmt/format.h>

#include "cmd/obs-pipe/decode_chunks.h"
#include "cmd/obs-pipe/file_chunks.h"
#include "cmd/obs-pipe/follow_chunks.h"
#include "cmd/obs-pipe/lines.h"
#include "cmd/obs-pipe/merge_chunks.h"
#include "cmd/obs-pipe/stream_chunks.h"
#include "cmd/obs-pipe/text_chunks.h"
#include "libobs/base/fs.h"
#include "libobs/codec/compress.h"

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
    Chunks* input = nullptr;
    {
      const std::lock_guard lock(mutex_);
      OBS_TRY(const bool more, claim(chunk));
      if (!more) return false;
      input = inputs_[current_].get();
    }
    OBS_TRY_VOID(input->fill(chunk));
    if (chunk.begins_file && drops_mark_) drop_mark(chunk.lines);
    return true;
  }

  void stop() override { stop_->stop(); }

 private:
  Result<bool> claim(Chunk& chunk) {
    while (current_ < inputs_.size() && !stop_->stopped()) {
      chunk.name = inputs_[current_]->name();
      OBS_TRY(const bool more, inputs_[current_]->claim(chunk));
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
  std::mutex mutex_;
  // Guarded by mutex_.
  std::size_t current_ = 0;
  std::uint64_t number_ = 0;
  bool begins_ = true;
};

codec::Compression sniff(int fd) {
  unsigned char magic[4] = {};
  if (::pread(fd, magic, sizeof(magic), 0) != sizeof(magic)) return codec::Compression::kNone;
  if (magic[0] == 0x1F && magic[1] == 0x8B) return codec::Compression::kGzip;
  const bool zstd = magic[0] == 0x28 && magic[1] == 0xB5 && magic[2] == 0x2F && magic[3] == 0xFD;
  return zstd ? codec::Compression::kZstd : codec::Compression::kNone;
}

Result<std::unique_ptr<Chunks>> open_compressed(const std::string& path,
                                                codec::Compression compression) {
  OBS_TRY(const auto mapping, system_fs().map(path));
  auto text = codec::decompress(compression, as_text(mapping->bytes()), kMaxInflated);
  if (!text) return fail(std::move(text).error().during("read " + path));
  return std::unique_ptr<Chunks>(std::make_unique<TextChunks>(path, std::move(*text)));
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
  // Files of /proc say that they are empty.
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    return std::unique_ptr<Chunks>(
        std::make_unique<StreamChunks>(name, std::move(fd), max_line, stop));
  }
  if (const auto compression = sniff(fd.get()); compression != codec::Compression::kNone) {
    return open_compressed(is_stdin ? "/dev/stdin" : path, compression);
  }
  // Stdin may stand in the middle of a file that a shell has read from.
  const auto begin = is_stdin ? ::lseek(fd.get(), 0, SEEK_CUR) : 0;
  return std::unique_ptr<Chunks>(std::make_unique<FileChunks>(
      name, std::move(fd), static_cast<std::uint64_t>(std::max<off_t>(begin, 0)),
      static_cast<std::uint64_t>(status.st_size), max_line));
}

BadLines bad_lines(const InputOptions& options) {
  if (options.strict) return BadLines::kRefused;
  return options.skip_invalid ? BadLines::kSkipped : BadLines::kKept;
}

Result<std::unique_ptr<Chunks>> follow(const std::vector<std::string>& paths,
                                       const InputOptions& options,
                                       const std::shared_ptr<StopFlag>& stop) {
  if (is_read_whole(options.format)) {
    return fail(Errc::kInvalidArgument,
                fmt::format("--follow: an input of {} is read whole before its first record comes "
                            "out, and a file that is followed has no end",
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
  const std::size_t max_line = is_read_whole(options.format) ? kMaxInflated : options.max_line;
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
