// libcurl's functions, found with dlopen. For net/http_client.cc alone.

#pragma once

#include <curl/curl.h>

#include "libobs/base/result.h"

namespace obs::net {

struct Curl {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_perform) easy_perform = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
};

// Loads and initialises the library at the first call; it stays for the whole process.
// kUnsupported: it is not installed, or lacks a function.
Result<const Curl*> load_curl();

}  // namespace obs::net
