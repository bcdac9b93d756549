// Redaction of hostile lines: what was taken out stays out, and a line that was JSON is one.

#include "libobs/codec/json_documents.h"
#include "libobs/lang/redact.h"
#include "libobs/lang/redact_scan.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto redactor = [] {
    lang::RedactStage stage;
    stage.detectors = {"all"};
    return lang::Redactor::make(stage, {});
  }();
  const std::string_view line = fuzz::as_text(data, size);
  check(lang::suspect(line) == lang::suspect_plainly(line), "both first looks agree");
  std::string once;
  lang::RedactCounts counts;
  const bool found = redactor->redact_line(line, once, counts);
  check(found || once == line, "a clean line leaves as it came");
  check(found == lang::find_leak(*redactor, line).has_value(),
        "the proof finds what redaction does");
  const bool is_document = !line.empty() && (line[0] == '{' || line[0] == '[');
  if (is_document && codec::check_json(line)) {
    check(codec::check_json(once).has_value(), "redacted JSON is JSON");
  }
  return 0;
}
