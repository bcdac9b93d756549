#include "libobs/lang/redact.h"

#include <algorithm>
#include <numeric>

#include "libobs/base/text.h"
#include "libobs/lang/redact_line.h"
#include "libobs/lang/redact_mask.h"

namespace obs::lang {
namespace {

using Kind = RedactEdit::Kind;

bool needs_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

// The last `count` characters.
std::string_view last_characters(std::string_view text, std::size_t count) {
  std::size_t begin = text.size();
  for (; count > 0 && begin > 0; --count) {
    do {
      --begin;
    } while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80);
  }
  return text.substr(begin);
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Writes a line with its edits.
class LineWriter {
 public:
  LineWriter(const Redactor& redactor, std::string_view line, std::string& out,
             RedactCounts& counts)
      : redactor_(redactor), line_(line), out_(out), counts_(counts) {}

  void write(const std::vector<RedactEdit>& edits) {
    for (const RedactEdit& edit : edits) {
      if (edit.where.begin < at_) {  // Part of a value that was dropped whole.
        counts_.add(edit.secret);
        continue;
      }
      apply(edit);
    }
    out_ += line_.substr(at_);
  }

 private:
  void apply(const RedactEdit& edit) {
    if (edit.kind == Kind::kString && redactor_.mode() != RedactMode::kDrop) return;
    out_ += line_.substr(at_, edit.where.begin - at_);
    at_ = edit.where.end;
    const std::string_view text = line_.substr(edit.where.begin, edit.where.end - edit.where.begin);
    const bool is_whole = edit.kind == Kind::kString || edit.kind == Kind::kNumber;
    if (edit.kind == Kind::kBytes) return append_bytes(text, edit.context);
    if (edit.kind != Kind::kString) counts_.add(edit.secret);
    if (is_whole && redactor_.mode() == RedactMode::kDrop) {
      out_ += "null";
    } else if (edit.kind == Kind::kNumber) {
      out_ += '"';
      redactor_.append_mask(out_, text, edit.secret);
      out_ += '"';
    } else {
      redactor_.append_mask(out_, text, edit.secret);
    }
  }

  void append_bytes(std::string_view base64, RedactContext context) {
    std::string redacted;
    redactor_.redact_text(parse_base64(base64).value_or(""), context, redacted, counts_);
    append_base64(out_, as_bytes(redacted));
  }

  const Redactor& redactor_;
  std::string_view line_;
  std::string& out_;
  RedactCounts& counts_;
  std::size_t at_ = 0;
};

}  // namespace

void RedactCounts::add(const RedactCounts& other) {
  for (std::size_t i = 0; i < found.size(); ++i) found[i] += other.found[i];
}

std::uint64_t RedactCounts::total() const {
  return std::accumulate(found.begin(), found.end(), std::uint64_t{0});
}

Redactor::Redactor(SecretFinder finder, RedactScope scope, const RedactStage& stage,
                   std::string_view key)
    : finder_(std::move(finder)),
      scope_(std::move(scope)),
      mode_(stage.mode),
      keep_last_(static_cast<std::size_t>(
          std::clamp<std::int64_t>(stage.keep_last, 0, static_cast<std::int64_t>(kMaxKept)))),
      hash_(key) {}

Result<Redactor> Redactor::make(const RedactStage& stage, std::string_view key) {
  if (stage.mode == RedactMode::kHash && key.empty()) {
    return fail(
        Errc::kInvalidArgument,
        "`redact … with hash` needs a secret key, or the hashes could be guessed: give one");
  }
  OBS_TRY(SecretFinder finder, SecretFinder::make(stage.detectors, stage.patterns));
  return Redactor(std::move(finder), RedactScope(stage.fields, stage.except), stage, key);
}

void Redactor::append_mask(std::string& out, std::string_view secret, Secret kind) const {
  if (mode_ == RedactMode::kHash) {
    out += '[';
    out += to_string(kind);
    out += ':';
    out += hash_.hex(to_meaning(secret));
    out += ']';
  } else if (mode_ == RedactMode::kMask && keep_last_ > 0) {
    const std::string meaning = to_meaning(secret);
    out += "***";
    // Half of a secret at most, and nothing that some string would have to escape.
    const std::string_view kept = last_characters(meaning, keep_last_);
    const bool is_long = count_characters(meaning) >= 2 * keep_last_;
    if (is_long && std::none_of(kept.begin(), kept.end(), needs_escape)) out += kept;
  } else {
    out += '[';
    out += to_string(kind);
    out += ']';
  }
}

bool Redactor::redact_line(std::string_view line, std::string& out, RedactCounts& counts) const {
  RedactWork work;
  if (redact_line(line, work, out, counts)) return true;
  out += line;
  return false;
}

bool Redactor::redact_line(std::string_view line, RedactWork& work, std::string& out,
                           RedactCounts& counts) const {
  if (!find_edits(finder_, scope_, line, work)) return false;
  if (!work.is_json && mode_ == RedactMode::kDrop) {
    for (const RedactEdit& edit : work.edits) counts.add(edit.secret);
    return true;
  }
  LineWriter(*this, line, out, counts).write(work.edits);
  return true;
}

bool Redactor::redact_text(std::string_view text, RedactContext context, std::string& out,
                           RedactCounts& counts) const {
  std::vector<Finding> found;
  finder_.find(text, false, context, found);
  if (found.empty()) return false;
  for (const Finding& finding : found) counts.add(finding.secret);
  if (mode_ == RedactMode::kDrop && !found.empty()) return true;
  std::size_t at = 0;
  for (const Finding& finding : found) {
    out += text.substr(at, finding.where.begin - at);
    const std::size_t size = finding.where.end - finding.where.begin;
    append_mask(out, text.substr(finding.where.begin, size), finding.secret);
    at = finding.where.end;
  }
  out += text.substr(at);
  return true;
}

std::optional<Leak> find_leak(const Redactor& redactor, std::string_view line) {
  RedactWork work;
  find_edits(redactor.finder(), redactor.scope(), line, work);
  for (const RedactEdit& edit : work.edits) {
    if (edit.kind != Kind::kString) return Leak{edit.secret, edit.where.begin};
  }
  return std::nullopt;
}

}  // namespace obs::lang
