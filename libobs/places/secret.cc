#include "libobs/places/secret.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "libobs/base/bytes.h"

namespace obs::places {
namespace {

constexpr std::size_t kMaxSecret = 64 * kKiB;

// Everything up to the end of the stream; nothing when that is too much or cannot be read.
bool read_all(std::FILE* stream, std::string& out) {
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stream)) {
    out.append(buffer, count);
    if (out.size() > kMaxSecret) return false;
  }
  if (out.ends_with('\n')) out.pop_back();
  return std::ferror(stream) == 0;
}

Result<std::string> read_secret_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             std::fclose);
  std::string secret;
  if (!file || !read_all(file.get(), secret)) {
    return fail(Errc::kInvalidArgument,
                fmt::format("read secret from {}: no readable file of up to 64 KiB", path));
  }
  return secret;
}

Result<std::string> run_secret_command(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "re");
  std::string secret;
  const bool read = pipe && read_all(pipe, secret);
  const int status = pipe ? ::pclose(pipe) : -1;
  if (!read || status != 0) {
    return fail(Errc::kInvalidArgument,
                fmt::format("read secret from command '{}': it must exit 0 and print up to 64 KiB",
                            command));
  }
  return secret;
}

}  // namespace

Result<std::string> resolve_secret(std::string_view spec) {
  if (spec.starts_with('@')) return read_secret_file(std::string(spec.substr(1)));
  if (spec.starts_with("exec:")) return run_secret_command(std::string(spec.substr(5)));
  return std::string(spec);
}

Result<std::string> secret_from_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value ? resolve_secret(value) : Result<std::string>(std::string());
}

}  // namespace obs::places
