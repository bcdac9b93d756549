// The file of obs-keys(5).

#include "libobs/api/api_key.h"
#include "tests/fuzz/check.h"

using namespace obs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys = api::parse_api_keys(fuzz::as_text(data, size));
  if (!keys) return 0;
  for (const api::ApiKey& key : *keys) fuzz::check(api::is_project(key.project), "a project");
  return 0;
}
