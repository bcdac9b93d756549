#include "libobs/places/file_identity.h"

#include <glob.h>
#include <unistd.h>

#include "libobs/base/hash.h"

namespace obs::places {
namespace {

// Old logs, which were read when they were young.
bool is_compressed(std::string_view bytes) {
  static constexpr std::string_view kMagic[] = {"\x1F\x8B", "BZh", "\xFD\x37zXZ",
                                                "\x28\xB5\x2F\xFD"};
  return std::any_of(std::begin(kMagic), std::end(kMagic),
                     [&](std::string_view magic) { return bytes.starts_with(magic); });
}

}  // namespace

Prefix read_prefix(int fd, std::uint64_t most) {
  std::string bytes(std::min(most, kPrefixBytes), '\0');
  const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return {bytes.size(), hash64(bytes), is_compressed(bytes)};
}

bool same_before(int a, int b, std::uint64_t offset) {
  std::string bytes(std::min(offset, kPrefixBytes), '\0');
  return ::pread(a, bytes.data(), bytes.size(), static_cast<off_t>(offset - bytes.size())) ==
             static_cast<ssize_t>(bytes.size()) &&
         has_before(b, offset, bytes);
}

bool has_before(int fd, std::uint64_t offset, std::string_view bytes) {
  if (bytes.size() > offset) return false;
  std::string there(bytes.size(), '\0');
  return ::pread(fd, there.data(), there.size(), static_cast<off_t>(offset - bytes.size())) ==
             static_cast<ssize_t>(there.size()) &&
         there == bytes;
}

std::vector<std::string> find_files(const std::vector<std::string>& patterns) {
  std::vector<std::string> paths;
  for (const std::string& pattern : patterns) {
    glob_t found{};
    if (::glob(pattern.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, &found) == 0)
      paths.insert(paths.end(), found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
  }
  return paths;
}

}  // namespace obs::places
