#include "cmd/obs-pipe/verify.h"

#include <vector>

#include <fmt/format.h>

#include "cmd/obs-pipe/leak_field.h"
#include "cmd/obs-pipe/lines.h"
#include "libobs/app/run.h"
#include "libobs/app/stdout.h"
#include "libobs/lang/parser.h"
#include "libobs/lang/redact.h"

namespace obs::pipe {
namespace {

constexpr std::size_t kMaxToldLeaks = 100;

Result<void> add_redactors(const lang::Program& program, std::vector<lang::Redactor>& out) {
  for (const lang::Stage& stage : program.stages) {
    const auto* const redact = std::get_if<lang::RedactStage>(&stage.node);
    if (redact == nullptr) continue;
    lang::RedactStage wanted = *redact;
    wanted.mode = lang::RedactMode::kMask;  // Only what it finds counts; a hash would want a key.
    OBS_TRY(auto redactor, lang::Redactor::make(wanted, {}));
    out.push_back(std::move(redactor));
  }
  return {};
}

Result<std::vector<lang::Redactor>> make_redactors(const lang::Program& program) {
  std::vector<lang::Redactor> redactors;
  OBS_TRY_VOID(add_redactors(program, redactors));
  if (!redactors.empty()) return redactors;
  const auto everything = lang::parse("redact all");
  if (!everything) return fail(Errc::kInternal, everything.error().message);
  OBS_TRY_VOID(add_redactors(*everything, redactors));
  return redactors;
}

class Verifier {
 public:
  Verifier(std::vector<lang::Redactor> redactors, std::size_t max_line)
      : redactors_(std::move(redactors)), max_line_(max_line) {}

  Result<void> look_at(const lang::Chunk& chunk) {
    if (chunk.begins_file) line_ = 0;
    return each_line(chunk.lines, [&](std::string_view line) -> Result<void> {
      ++line_;
      if (line.size() > max_line_) return tell(chunk.name, "line", "longer than --max-line");
      for (const lang::Redactor& redactor : redactors_) {
        const auto leak = lang::find_leak(redactor, line);
        if (!leak) continue;
        return tell(chunk.name, find_field_at(line, leak->offset), to_string(leak->secret));
      }
      return {};
    });
  }

  Result<int> finish() {
    OBS_TRY_VOID(out_.flush());
    if (leaks_ == 0) return app::kExitDone;
    fmt::print(stderr, "obs-pipe: {} {}\n", leaks_,
               leaks_ == 1 ? "line holds a secret" : "lines hold secrets");
    return app::kExitNo;
  }

 private:
  Result<void> tell(std::string_view file, std::string_view field, std::string_view kind) {
    if (++leaks_ > kMaxToldLeaks) return {};
    return out_.write(fmt::format("{}:{}: {}: {}\n", file, line_, field, kind));
  }

  std::vector<lang::Redactor> redactors_;
  std::size_t max_line_;
  std::size_t line_ = 0;
  std::size_t leaks_ = 0;
  app::Stdout out_;
};

}  // namespace

Result<int> verify_redaction(const lang::Program& program, lang::ChunkSource& source,
                             std::size_t max_line) {
  OBS_TRY(auto redactors, make_redactors(program));
  Verifier verifier(std::move(redactors), max_line);
  lang::Chunk chunk;
  for (;;) {
    OBS_TRY(const bool more, source.next(chunk));
    if (!more) return verifier.finish();
    OBS_TRY_VOID(verifier.look_at(chunk));
    chunk.buffer.trim();
  }
}

}  // namespace obs::pipe
