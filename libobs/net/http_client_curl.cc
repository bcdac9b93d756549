#include "libobs/net/http_client_curl.h"

#include <mutex>
#include <string>

#include <dlfcn.h>

#include <fmt/format.h>

namespace obs::net::curl {
namespace {

// The library's version in its name is that of its ABI, unchanged since 2006.
constexpr const char* kLibrary = "libcurl.so.4";

template <class Function>
bool bind(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool bind_all(void* library, Functions& curl) {
  return bind(library, "curl_global_init", curl.global_init) &&
         bind(library, "curl_easy_init", curl.easy_init) &&
         bind(library, "curl_easy_cleanup", curl.easy_cleanup) &&
         bind(library, "curl_easy_reset", curl.easy_reset) &&
         bind(library, "curl_easy_setopt", curl.easy_setopt) &&
         bind(library, "curl_easy_perform", curl.easy_perform) &&
         bind(library, "curl_easy_getinfo", curl.easy_getinfo) &&
         bind(library, "curl_easy_strerror", curl.easy_strerror) &&
         bind(library, "curl_slist_append", curl.slist_append) &&
         bind(library, "curl_slist_free_all", curl.slist_free_all);
}

}  // namespace

Result<const Functions*> load() {
  static std::mutex mutex;
  static Functions curl;
  static bool loaded = false;
  std::lock_guard lock(mutex);
  if (loaded) return &curl;
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    return fail(Errc::kUnsupported,
                fmt::format("{}; install libcurl (package libcurl4)", ::dlerror()));
  }
  if (!bind_all(library, curl) || curl.global_init(kGlobalDefault) != kOk) {
    return fail(Errc::kUnsupported, fmt::format("{} is not a libcurl we can use", kLibrary));
  }
  loaded = true;
  return &curl;
}

}  // namespace obs::net::curl
