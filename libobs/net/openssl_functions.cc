#include "libobs/net/openssl_functions.h"

#include <mutex>
#include <string>

#include <dlfcn.h>

#include <fmt/format.h>

namespace obs::net::openssl {
namespace {

template <class Function>
bool bind(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

// The first function that is not there; nullptr when all are.
const char* bind_all(void* library, Functions& functions) {
#define OBS_OPENSSL_BIND(name) \
  if (!bind(library, #name, functions.name)) return #name;
  OBS_OPENSSL_FUNCTIONS(OBS_OPENSSL_BIND)
#undef OBS_OPENSSL_BIND
  return nullptr;
}

}  // namespace

Result<const Functions*> load() {
  static std::mutex mutex;
  static Functions functions;
  static bool loaded = false;
  const std::lock_guard lock(mutex);
  if (loaded) return &functions;
  // The version in its name is that of the ABI which the headers describe.
  const std::string name = fmt::format("libssl.so.{}", OPENSSL_SHLIB_VERSION);
  void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(Errc::kUnsupported, fmt::format("{}; install OpenSSL (package libssl{})",
                                                ::dlerror(), OPENSSL_SHLIB_VERSION));
  }
  if (const char* missing = bind_all(library, functions)) {
    return fail(Errc::kUnsupported, fmt::format("{} has no {}", name, missing));
  }
  loaded = true;
  return &functions;
}

}  // namespace obs::net::openssl
