// Programs of any bytes: each is refused with a place in its text, or compiles and runs over lines.

#include <string>

#include "libobs/lang/engine.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/parser.h"
#include "tests/fuzz/check.h"

namespace {

using namespace obs;
using fuzz::check;

constexpr std::string_view kLines =
    R"({"signal":"log","time":"2026-11-22T10:00:00Z","service":"cart","severity":"error","body":"a=1 b=two"})"
    "\n"
    R"({"signal":"span","time":"2026-11-22T10:00:01Z","duration_ns":250000000,"service":"cart",)"
    R"("trace_id":"5b8efff798038103d269b633813fc60c","attributes":{"n":3,"xs":[1,"x",null]}})"
    "\nno JSON, but 10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"
    R"({"a":{"b":[{"c":-9223372036854775808}]},"time":"2026-11-22T11:00:00Z"})"
    "\n";

void check_diagnostic(const lang::Diagnostic& diagnostic, std::string_view text) {
  check(diagnostic.where.begin <= diagnostic.where.end, "a place begins before it ends");
  check(diagnostic.where.end <= text.size() + 1, "a place is in the program, or at its end");
  check(!lang::render(diagnostic, text).empty(), "a refusal says why");
}

// A run may end in an error (too much memory); what it must not do is crash.
void run(const lang::Plan& plan) {
  lang::Lane lane(plan);
  lang::Finish finish(plan);
  std::string padded(kLines);
  padded.append(lang::kScanPadding, '\0');
  std::string lines;
  std::string out;
  if (!lane.run({padded.data(), kLines.size()}, 0, lines)) return;
  if (!finish.push(lines, out) || !finish.merge(lane)) return;
  (void)finish.finish(out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  auto program = lang::parse(text);
  if (!program) {
    check_diagnostic(program.error(), text);
    return 0;
  }
  lang::EngineOptions options;
  options.now = 1'763'806'600'000'000'000;
  options.redact_key = "key";
  options.memory = kMiB;
  options.deliver = [](std::string_view, std::string_view) { return Result<void>(); };
  const auto plan = lang::compile(std::move(*program), options);
  if (!plan) {
    check_diagnostic(plan.error(), text);
    return 0;
  }
  check(!plan->explain().empty(), "a plan says what it does");
  run(*plan);
  return 0;
}
