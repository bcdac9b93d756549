// The machine's file system: POSIX calls with their interruptions and short writes dealt with.

#include "libobs/base/fs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libobs/base/hash.h"
#include "libobs/base/posix_file.h"
#include "libobs/base/text.h"

namespace obs {
namespace {

// A temporary's name: unlike any other, and recognisable if a crash leaves one behind.
std::string make_temporary_name(const std::string& path) {
  std::array<std::byte, 8> random{};
  fill_random(random);
  std::string name = path + ".";
  append_hex(name, random);
  return name + ".tmp";
}

Result<void> from_error_code(const std::error_code& error, const std::string& action) {
  if (error) return fail_errno(error.value(), action);
  return {};
}

Result<void> check(int result, const std::string& action) {
  if (result != 0) return fail_errno(errno, action);
  return {};
}

class SystemFs final : public Fs {
 public:
  Result<std::unique_ptr<File>> open_append(const std::string& path) override {
    return open_posix_file(path, O_WRONLY | O_CREAT | O_APPEND);
  }

  Result<std::unique_ptr<Mapping>> map(const std::string& path) override {
    return map_posix_file(path);
  }

  Result<std::string> read_file(const std::string& path) override { return read_posix_file(path); }

  Result<void> replace_file(const std::string& path, std::string_view contents) override {
    const std::string temporary = make_temporary_name(path);
    auto written = write_temporary(temporary, contents);
    if (written) written = rename(temporary, path);
    if (!written) {
      ::unlink(temporary.c_str());
      return fail(std::move(written).error().during("replace " + path));
    }
    return sync_dir(parent_path(path));
  }

  Result<void> make_dirs(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return from_error_code(error, "create directory " + path);
  }

  Result<std::vector<DirEntry>> list(const std::string& path) override {
    const std::unique_ptr<DIR, CloseDir> directory(::opendir(path.c_str()));
    if (!directory) return fail_errno(errno, "list " + path);
    std::vector<DirEntry> entries;
    errno = 0;
    while (const dirent* const entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      struct stat status {};
      if (name == "." || name == "..") continue;
      // What vanished since readdir() saw it is no longer in the directory.
      if (::fstatat(::dirfd(directory.get()), entry->d_name, &status, 0) != 0) {
        errno = 0;
        continue;
      }
      entries.push_back(
          {std::string(name), S_ISDIR(status.st_mode), static_cast<std::uint64_t>(status.st_size)});
    }
    if (errno != 0) return fail_errno(errno, "list " + path);
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    return entries;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    return check(::rename(from.c_str(), to.c_str()), "rename " + from + " to " + to);
  }

  Result<void> link(const std::string& from, const std::string& to) override {
    return check(::link(from.c_str(), to.c_str()), "link " + from + " as " + to);
  }

  Result<void> remove(const std::string& path) override {
    return check(::unlink(path.c_str()), "remove " + path);
  }

  Result<void> remove_tree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return from_error_code(error, "remove " + path);
  }

  Result<void> sync_file(const std::string& path) override { return sync_path(path, O_RDONLY); }

  Result<void> sync_dir(const std::string& path) override {
    return sync_path(path, O_RDONLY | O_DIRECTORY);
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

 private:
  struct CloseDir {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };

  static Result<void> write_temporary(const std::string& path, std::string_view contents) {
    OBS_TRY(auto file, open_posix_file(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND));
    OBS_TRY_VOID(file->append(as_bytes(contents)));
    return file->sync();
  }

  static Result<void> sync_path(const std::string& path, int flags) {
    const Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
    if (!descriptor) return fail_errno(errno, "open " + path + " to sync it");
    return check(::fsync(descriptor.get()), "sync " + path);
  }
};

}  // namespace

Fs& system_fs() {
  static SystemFs fs;
  return fs;
}

std::string join_path(std::string_view dir, std::string_view name) {
  if (name.starts_with('/') || dir.empty()) return std::string(name);
  std::string path(dir);
  if (!path.ends_with('/') && !name.empty()) path += '/';
  return path.append(name);
}

std::string parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

}  // namespace obs
