// API keys as obs-keys(5) has them: a JSON object a line, each saying who may send what, how much,
// and to which project. Keys themselves are not in the file, only their SHA-256.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/api/cors.h"
#include "libobs/base/result.h"
#include "libobs/model/batch.h"

namespace obs::api {

// A second's worth; 0 is no limit.
struct RateLimits {
  double requests = 0;
  double records = 0;
  double bytes = 0;  // Of bodies as they were sent.

  bool is_none() const { return requests == 0 && records == 0 && bytes == 0; }
};

struct ApiKey {
  std::string name;  // Who it is, for people: in messages and on /metrics.
  std::string project = "default";
  // Exactly one of these says who has it.
  std::string digest;       // SHA-256 of the key, 64 digits of lower-case hex.
  std::string certificate;  // A name in the client's certificate.
  bool anonymous = false;   // Whoever shows nothing.

  std::array<bool, model::kSignalCount> signals = {true, true, true};
  RateLimits limits;         // Of all who have the key, together.
  RateLimits client_limits;  // Of one address.
  bool any_origin = true;
  CorsPolicy origins;  // Unless any may send.
};

// Pure. Empty lines and those that begin with # are skipped. kMalformed names the line and what is
// wrong with it: no object, an unknown member, no or several owners, a name or an owner that an
// earlier line has.
Result<std::vector<ApiKey>> parse_api_keys(std::string_view text);

// 1 to 64 letters, digits, '-', '_' and '.'.
bool is_project(std::string_view text);

}  // namespace obs::api
