#include "libobs/scrape/config.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = obs::fuzz::as_text(data, size);
  const auto config = obs::scrape::parse_config(text, "/etc");
  if (config) {
    for (const auto& one : config->scrape_configs) {
      obs::fuzz::check(!one.job_name.empty(), "a job has a name");
      obs::fuzz::check(one.timeout > 0 && one.timeout <= one.interval, "times make sense");
    }
  }
  (void)obs::scrape::parse_target_groups(text);
  return 0;
}
