#include "libobs/base/posix_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace obs {
namespace {

// Linux writes at most 2 GiB less a page in one call; a GiB keeps clear of that.
constexpr std::size_t kLargestWrite = kGiB;
// For files that do not say their size, such as those of /proc.
constexpr std::size_t kReadStep = 64 * kKiB;

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path, std::uint64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  Result<void> append(Bytes bytes) override {
    const std::size_t total = bytes.size();
    while (!bytes.empty()) {
      const ssize_t wrote =
          ::write(descriptor_.get(), bytes.data(), std::min(bytes.size(), kLargestWrite));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return fail_errno(errno, "write " + path_);
      bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    }
    size_ += total;
    return {};
  }

  // Never retried after a failure: the kernel drops the dirty pages it could not write, and a
  // second call would succeed without them.
  Result<void> sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return fail_errno(errno, "sync " + path_);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    while (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return fail_errno(errno, "truncate " + path_);
    }
    size_ = size;
    return {};
  }

  std::uint64_t size() const override { return size_; }

 private:
  Descriptor descriptor_;
  std::string path_;
  std::uint64_t size_;
};

class PosixMapping final : public Mapping {
 public:
  explicit PosixMapping(Bytes bytes) : bytes_(bytes) {}
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  ~PosixMapping() override {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

  Bytes bytes() const override { return bytes_; }

 private:
  Bytes bytes_;
};

struct OpenFile {
  Descriptor descriptor;
  std::uint64_t size = 0;
};

Result<OpenFile> open_file(const std::string& path, int flags) {
  constexpr mode_t kMode = 0644;
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC, kMode));
  if (!descriptor) return fail_errno(errno, "open " + path);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return fail_errno(errno, "read size of " + path);
  if (S_ISDIR(status.st_mode)) return fail_errno(EISDIR, "open " + path);
  return OpenFile{std::move(descriptor), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace

Result<std::unique_ptr<File>> open_posix_file(const std::string& path, int flags) {
  OBS_TRY(OpenFile file, open_file(path, flags));
  return std::make_unique<PosixFile>(std::move(file.descriptor), path, file.size);
}

Result<std::unique_ptr<Mapping>> map_posix_file(const std::string& path) {
  OBS_TRY(const OpenFile file, open_file(path, O_RDONLY));
  // mmap() refuses a length of zero.
  if (file.size == 0) return std::make_unique<PosixMapping>(Bytes{});
  void* const start = ::mmap(nullptr, file.size, PROT_READ, MAP_SHARED, file.descriptor.get(), 0);
  if (start == MAP_FAILED) return fail_errno(errno, "map " + path);
  return std::make_unique<PosixMapping>(Bytes(static_cast<const std::byte*>(start), file.size));
}

Result<std::string> read_posix_file(const std::string& path) {
  OBS_TRY(const OpenFile file, open_file(path, O_RDONLY));
  std::string contents;
  std::size_t have = 0;
  contents.resize(file.size);
  for (;;) {
    if (have == contents.size()) contents.resize(have + kReadStep);
    const ssize_t got =
        ::read(file.descriptor.get(), contents.data() + have, contents.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read " + path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  contents.resize(have);
  return contents;
}

}  // namespace obs
