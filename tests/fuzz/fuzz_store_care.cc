// What comes through writer.sock, both ways, and the manifest of a backup.

#include "libobs/store/backup_manifest.h"
#include "libobs/store/care.h"
#include "libobs/store/writer_socket_io.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = fuzz::as_text(data, size);
  if (const auto request = store::parse_care_request(line)) {
    const std::string again = store::to_json(*request);
    const auto parsed = store::parse_care_request(again);
    check(parsed && store::to_json(*parsed) == again, "a request is one line and back");
  }
  (void)store::parse_write_line(line);
  (void)store::parse_answer(line, {});
  (void)store::parse_retain_policy(line);
  if (const auto manifest = store::parse_manifest(line)) {
    check(store::parse_manifest(store::to_json(*manifest)).has_value(), "a manifest is one again");
  }
  return 0;
}
