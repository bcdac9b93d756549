// The part of libcurl's C interface that we use, bound with dlopen. For net/http_client.cc alone.
//
// Declared here, as DuckDB's is in store: so building needs no headers of libcurl, and running
// needs the library only where something is forwarded. The numbers are libcurl's ABI, which has not
// changed since 2006.

#pragma once

#include <cstdint>

#include "libobs/base/result.h"

namespace obs::net::curl {

struct Easy;  // CURL
struct List;  // struct curl_slist

enum Option : int {
  kUrl = 10002,
  kWriteData = 10001,
  kPostFields = 10015,
  kUserAgent = 10018,
  kHttpHeader = 10023,
  kHeaderData = 10029,
  kCustomRequest = 10036,
  kProgressData = 10057,
  kCaInfo = 10065,
  kSslCert = 10025,
  kSslKey = 10087,
  kProtocols = 10318,  // Text; since 7.85, left out by older ones.
  kWriteFunction = 20011,
  kHeaderFunction = 20079,
  kProgressFunction = 20219,
  kPostFieldSize = 30120,
  kNoProgress = 43,
  kSslVerifyPeer = 64,
  kSslVerifyHost = 81,
  kNoSignal = 99,
  kTimeoutMs = 155,
  kConnectTimeoutMs = 156,
};

enum Code : int {
  kOk = 0,
  kUnsupportedProtocol = 1,
  kUrlMalformat = 3,
  kCaFileBad = 77,
};

enum Info : int { kResponseCode = 0x200002 };

inline constexpr long kGlobalDefault = 3;

struct Functions {
  Code (*global_init)(long flags) = nullptr;
  Easy* (*easy_init)() = nullptr;
  void (*easy_cleanup)(Easy*) = nullptr;
  void (*easy_reset)(Easy*) = nullptr;
  Code (*easy_setopt)(Easy*, Option, ...) = nullptr;
  Code (*easy_perform)(Easy*) = nullptr;
  Code (*easy_getinfo)(Easy*, Info, ...) = nullptr;
  const char* (*easy_strerror)(Code) = nullptr;
  List* (*slist_append)(List*, const char*) = nullptr;
  void (*slist_free_all)(List*) = nullptr;
};

// Loads and initialises the library at the first call; it stays for the whole process. Any thread.
// kUnsupported: it is not installed, or lacks a function.
Result<const Functions*> load();

}  // namespace obs::net::curl
