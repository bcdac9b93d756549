#include "libobs/store/file_copy.h"

#include <algorithm>

#include <fmt/format.h>

#include "libobs/base/hash.h"
#include "libobs/store/store_files.h"

namespace obs::store {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{4} << 20;

Result<void> write_copy(Fs& fs, Bytes bytes, const std::string& temporary) {
  if (fs.exists(temporary)) OBS_TRY_VOID(fs.remove(temporary));
  OBS_TRY(const auto file, fs.open_append(temporary));
  for (std::size_t at = 0; at < bytes.size(); at += kCopyBytes) {
    OBS_TRY_VOID(file->append(bytes.subspan(at, std::min(kCopyBytes, bytes.size() - at))));
  }
  return file->sync();
}

}  // namespace

Result<FileFacts> measure_file(Fs& fs, const std::string& path) {
  OBS_TRY(const auto file, fs.map(path));
  const std::string_view bytes = as_text(file->bytes());
  return FileFacts{bytes.size(), hash64(bytes)};
}

Result<void> check_file(Fs& fs, const std::string& path, const FileFacts& facts) {
  OBS_TRY(const FileFacts found, measure_file(fs, path));
  if (found.bytes == facts.bytes && found.hash == facts.hash) return {};
  return fail(Errc::kMalformed,
              fmt::format("{}: its bytes are not those that were written: {}", path,
                          found.bytes == facts.bytes
                              ? "the checksum differs"
                              : fmt::format("{} instead of {}", found.bytes, facts.bytes)));
}

Result<bool> link_or_copy(Fs& fs, const std::string& from, const std::string& to) {
  const auto linked = fs.link(from, to);
  if (linked) return true;
  if (linked.error().code == Errc::kNotFound) return fail(linked.error());
  OBS_TRY_VOID(copy_file(fs, from, to));
  return false;
}

Result<void> copy_file(Fs& fs, const std::string& from, const std::string& to) {
  const std::string temporary = to + std::string(kTemporarySuffix);
  OBS_TRY(const auto source, fs.map(from));
  auto copied = write_copy(fs, source->bytes(), temporary);
  if (copied) copied = fs.rename(temporary, to);
  if (copied) return {};
  (void)fs.remove(temporary);
  return fail(std::move(copied).error().during("copy " + from));
}

}  // namespace obs::store
