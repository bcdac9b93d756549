#include "libobs/store/duckdb_api.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace obs::store {
namespace {

// Where the executable lies; empty when /proc is not there to tell.
std::string executable_dir() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  const std::string whole(path.data(), static_cast<std::size_t>(size));
  return whole.substr(0, whole.rfind('/'));
}

// The build tree has the layout of an installation, so one relative place serves both.
std::vector<std::string> library_candidates() {
  std::vector<std::string> candidates;
  if (const char* named = std::getenv("OBS_LIBDUCKDB"); named != nullptr && *named != '\0') {
    return {named};  // Who names a library does not want another one.
  }
  if (const std::string dir = executable_dir(); !dir.empty()) {
    candidates.push_back(dir + "/../lib/obs/libduckdb.so");
  }
  return candidates;
}

Error not_found(const std::string& tried) {
  return {Errc::kNotFound,
          "libduckdb.so cannot be opened; run scripts/setup, or set OBS_LIBDUCKDB to its path. "
          "Tried: " +
              tried};
}

Result<void*> open_library() {
  std::string tried;
  for (const std::string& path : library_candidates()) {
    // Lazy: binding all of its symbols now would cost 4 ms more.
    if (void* handle = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL)) return handle;
    if (!tried.empty()) tried += "; ";
    tried += dlerror();  // It names the path.
  }
  return fail(not_found(tried));
}

template <class Function>
bool bind(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<DuckdbApi> bind_all(void* library) {
  DuckdbApi api;
#define OBS_DUCKDB_BIND(result, name, arguments)                                             \
  if (!bind(library, "duckdb_" #name, api.name)) {                                           \
    return fail(Errc::kUnsupported,                                                          \
                "libduckdb.so has no duckdb_" #name "; it must be a DuckDB of version 1.5"); \
  }
  OBS_DUCKDB_FUNCTIONS(OBS_DUCKDB_BIND)
#undef OBS_DUCKDB_BIND
  return api;
}

}  // namespace

Result<const DuckdbApi*> load_duckdb() {
  static std::mutex mutex;
  static DuckdbApi api;
  static bool loaded = false;
  const std::lock_guard lock(mutex);
  if (!loaded) {
    OBS_TRY(void* library, open_library());
    OBS_TRY(api, bind_all(library));
    loaded = true;
  }
  return &api;
}

Result<void> find_duckdb() {
  std::string tried;
  for (const std::string& path : library_candidates()) {
    if (::access(path.c_str(), R_OK) == 0) return {};
    if (!tried.empty()) tried += "; ";
    tried += path;
  }
  return fail(not_found(tried));
}

}  // namespace obs::store
