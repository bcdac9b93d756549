// Lines of any bytes through programs that read, change, parse and gather; cut in one chunk and in
// many, with the same result.

#include <array>
#include <string>
#include <vector>

#include "libobs/lang/engine.h"
#include "libobs/lang/field_scan.h"
#include "libobs/lang/parser.h"
#include "tests/fuzz/check.h"

namespace {

using namespace obs;
using fuzz::check;

constexpr std::array<std::string_view, 8> kPrograms = {
    R"(where service == "cart" and a.b[1] != 2 or body contains "x")",
    R"(set a = b + 1, c.d = concat(a, body) | drop e.f | rename g as h | keep a, h, body)",
    R"(parse json | parse logfmt | parse clf | parse syslog | unroll a)",
    R"(parse pattern "<a> <b>" | set n = len(body), u = url_host(body), x = json(body, "a[0].b"))",
    R"(stats count(), sum(a), p50(b), uniq(c), values(d), first(e), rate() by severity, service)",
    R"(sort -time, a | dedup by b within 1s | top 3 severity, body)",
    R"(stats count() by duration every 1s)",
    R"(where time > -1h or severity >= warn or kind == server | format "{a} {body} {time}")",
};

std::vector<lang::Plan> compile_all() {
  std::vector<lang::Plan> plans;
  for (const std::string_view text : kPrograms) {
    lang::EngineOptions options;
    options.now = 1'763'806'600'000'000'000;
    plans.push_back(std::move(*lang::compile(std::move(*lang::parse(text)), options)));
  }
  return plans;
}

// Runs the plan over chunks of about so many bytes.
std::string run(const lang::Plan& plan, std::string_view input, std::size_t chunk_bytes) {
  lang::Lane lane(plan);
  lang::Finish finish(plan);
  std::string out;
  for (std::uint64_t chunk = 0; !input.empty(); ++chunk) {
    const std::size_t newline = input.find('\n', std::min(chunk_bytes, input.size()) - 1);
    const std::size_t size = newline == std::string_view::npos ? input.size() : newline + 1;
    // A block of its own, so that what is read beyond the padding shows.
    std::string padded(input.substr(0, size));
    padded.append(lang::kScanPadding, '\0');
    input.remove_prefix(size);
    std::string lines;
    check(static_cast<bool>(lane.run({padded.data(), size}, chunk, lines)), "a lane runs");
    check(static_cast<bool>(finish.push(lines, out)), "what lanes send is taken");
  }
  check(static_cast<bool>(finish.merge(lane)), "a lane is merged");
  check(static_cast<bool>(finish.finish(out)), "the end is reached");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<lang::Plan> kPlans = compile_all();
  const std::string_view input = fuzz::as_text(data, size);
  for (const lang::Plan& plan : kPlans) {
    check(run(plan, input, 1) == run(plan, input, SIZE_MAX), "chunks change nothing");
  }
  return 0;
}
