#include "libobs/lang/redact_line.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/raw_json.h"
#include "libobs/lang/redact_escapes.h"
#include "libobs/lang/redact_scan.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

constexpr std::size_t kMaxDepth = 1024;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// In one span of forty thousand its digits pass for a card; masked, the record would be none.
bool is_hex_id(std::string_view text) {
  return (text.size() == 16 || text.size() == 32) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_hex(c); });
}

// Walks the tokens of one document. It checks no more of the grammar than it needs to be sure that
// it saw every string and number: what is wrong beyond that hides nothing.
class LineWalk {
 public:
  LineWalk(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
           const std::vector<std::uint32_t>& windows, std::vector<RedactEdit>& edits)
      : finder_(finder), scope_(scope), line_(line), edits_(edits), windows_(windows) {
    constexpr std::size_t kUsualDepth = 8;
    frames_.reserve(kUsualDepth);
    edits_.reserve(kUsualDepth);
    frames_.push_back({.place = scope.record()});
  }

  // False when the line is no JSON, with edits that mean nothing.
  bool walk() {
    at_ = skip_right(line_, 0, is_space);
    if (at_ == line_.size() || (line_[at_] != '{' && line_[at_] != '[')) return false;
    while (at_ < line_.size()) {
      if (!take_token()) return false;
    }
    return frames_.size() == 1;
  }

 private:
  // An open object or array, or the line itself.
  struct Frame {
    RedactScope::Place place{};
    RedactContext context{};      // Of its values: of the member that is open, or the array's own.
    RedactContext inherited{};    // Of the whole container.
    RedactScope::Place member{};  // Of the member that is open.
    bool is_bytes = false;        // The member is called $bytes.
    bool is_id = false;           // The member is the id of a trace or a span.
    bool is_name = false;         // The member is called name or key: its value names a sibling…
    bool names_secret = false;    // …and it named a secret: the member `value` is one.
    bool has_member = false;

    const RedactScope::Place& member_or_place() const { return has_member ? member : place; }
  };

  bool take_token() {
    const char c = line_[at_];
    if (c == '"') return take_string();
    if (c == '{' || c == '[') return open();
    if (c == '}' || c == ']') return close();
    if (c == '-' || is_digit(c)) return take_number();
    if (is_letter(c)) return take_word();
    if (c != ',' && !is_space(c)) return false;
    ++at_;
    return true;
  }

  Frame& top() { return frames_.back(); }

  bool open() {
    if (frames_.size() > kMaxDepth) return false;
    Frame inner;
    if (!scope_.is_everywhere()) inner.place = top().member_or_place();
    inner.inherited = inner.context = top().context;
    frames_.push_back(std::move(inner));
    ++at_;
    return true;
  }

  bool close() {
    if (frames_.size() == 1) return false;
    frames_.pop_back();
    ++at_;
    return true;
  }

  bool take_word() {
    const std::size_t end = skip_right(line_, at_, is_letter);
    const std::string_view word = line_.substr(at_, end - at_);
    at_ = end;
    return word == "true" || word == "false" || word == "null" || word == "NaN" ||
           word == "Infinity";
  }

  std::size_t string_end(std::size_t from) const {
    const char* at = line_.data() + from - 1;
    const Raw string = take_raw(at, line_.data() + line_.size());
    return string ? from + string.size : std::string_view::npos;
  }

  bool take_string() {
    const std::size_t begin = at_ + 1;
    const std::size_t end = string_end(begin);
    if (end == std::string_view::npos) return false;
    at_ = skip_right(line_, end + 1, is_space);
    const Extent inside{begin, end};
    if (at_ < line_.size() && line_[at_] == ':') {
      ++at_;
      take_key(inside);
    } else {
      take_value(inside);
    }
    return true;
  }

  std::string_view slice(Extent extent) const {
    return line_.substr(extent.begin, extent.end - extent.begin);
  }

  void take_key(Extent inside) {
    const std::string_view raw = slice(inside);
    std::string unescaped;
    std::string_view name = raw;
    if (raw.find('\\') != std::string_view::npos) {
      unescape_forgivingly(raw, unescaped);
      name = unescaped;
    }
    Frame& frame = top();
    if (!scope_.is_everywhere()) frame.member = scope_.member(frame.place, name);
    frame.has_member = true;
    frame.context = frame.inherited;
    const RedactContext own = name_context(inside, name);
    frame.context.secret |= own.secret || (frame.names_secret && name == "value");
    frame.context.ssn |= own.ssn;
    frame.context.phone |= own.phone;
    frame.is_bytes = name == "$bytes";
    frame.is_id = name == "trace_id" || name == "span_id" || name == "parent_span_id" ||
                  name == "traceId" || name == "spanId";
    frame.is_name = name == "name" || name == "key";
    if (is_covered()) find_parts(inside, {});
  }

  bool is_covered() {
    if (scope_.is_everywhere()) return true;
    return top().member_or_place().is_covered();
  }

  void take_value(Extent inside) {
    Frame& frame = top();
    if (frame.is_name) frame.names_secret = name_context(inside, slice(inside)).secret;
    if (!is_covered()) return;
    if (frame.is_bytes && take_bytes(inside)) return;
    if (frame.is_id && is_hex_id(slice(inside))) return;
    if (is_clean(inside, frame.context)) return;
    const std::size_t first = edits_.size();
    edits_.push_back({RedactEdit::Kind::kString, {inside.begin - 1, inside.end + 1}, {}});
    find_parts(inside, frame.context);
    if (edits_.size() == first + 1) edits_.pop_back();
  }

  // Base64 hides what is in it. False when it is none.
  bool take_bytes(Extent inside) {
    const auto bytes = parse_base64(slice(inside));
    if (!bytes) return false;
    std::vector<Finding> found;
    finder_.find(*bytes, false, top().context, found);
    if (!found.empty())
      edits_.push_back({RedactEdit::Kind::kBytes, inside, found[0].secret, top().context});
    return true;
  }

  // What the windows that overlap a part of the line suspect.
  std::uint32_t suspicion_of(Extent part) const {
    if (part.end <= part.begin) return 0;
    const std::size_t reach = kSuspicionWindow - 1;
    std::size_t window = part.begin < reach ? 0 : (part.begin - reach) / kSuspicionStep;
    const std::size_t last = std::min((part.end - 1) / kSuspicionStep, windows_.size() - 1);
    std::uint32_t bits = 0;
    for (; window <= last; ++window) bits |= windows_[window];
    return bits;
  }

  // Whether nothing can be found there, so that it need not be looked at alone.
  bool is_clean(Extent part, RedactContext context) const {
    return !context.secret && !context.ssn && !context.phone &&
           !finder_.is_suspicious(suspicion_of(part));
  }

  RedactContext name_context(Extent inside, std::string_view name) const {
    constexpr std::uint32_t kTelling =
        Suspicion::kNamed | Suspicion::kSsn | Suspicion::kPhone | Suspicion::kEscape;
    const bool may_tell = name.size() == 3 || (suspicion_of(inside) & kTelling) != 0;
    return may_tell ? context_of(name) : RedactContext{};
  }

  void find_parts(Extent inside, RedactContext context) {
    if (is_clean(inside, context)) return;
    found_.clear();
    finder_.find(slice(inside), true, context, found_);
    for (const Finding& finding : found_) {
      const Extent where{inside.begin + finding.where.begin, inside.begin + finding.where.end};
      edits_.push_back({RedactEdit::Kind::kPart, where, finding.secret});
    }
  }

  bool take_number() {
    const auto is_part = [](char c) {
      return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    };
    const Extent number{at_, skip_right(line_, at_, is_part)};
    at_ = number.end;
    if (!is_covered()) return true;
    const bool has_exponent = slice(number).find_first_of("eE") != std::string_view::npos;
    if (!has_exponent && is_clean(number, top().context)) return true;
    found_.clear();
    finder_.find(slice(number), false, top().context, found_);
    if (found_.empty() && has_exponent) find_in_whole_number(slice(number));
    if (!found_.empty()) {
      edits_.push_back({RedactEdit::Kind::kNumber, number, found_[0].secret});
    }
    return true;
  }

  // 4.111111111111111e15 is a card too.
  void find_in_whole_number(std::string_view text) {
    constexpr double kTooLarge = 1e19;  // Longer than any number that a detector knows.
    const auto value = parse_double(text);
    if (!value || std::fabs(*value) >= kTooLarge || *value != std::floor(*value)) return;
    finder_.find(fmt::format("{:.0f}", *value), false, top().context, found_);
  }

  const SecretFinder& finder_;
  const RedactScope& scope_;
  std::string_view line_;
  std::vector<RedactEdit>& edits_;
  std::vector<Frame> frames_;
  std::vector<Finding> found_;
  const std::vector<std::uint32_t>& windows_;
  std::size_t at_ = 0;
};

}  // namespace

RedactEdits find_edits(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
                       const std::vector<std::uint32_t>& windows) {
  RedactEdits result;
  if (LineWalk(finder, scope, line, windows, result.edits).walk()) return result;
  result.edits.clear();
  result.is_json = false;
  std::vector<Finding> found;
  finder.find(line, false, {}, found);
  for (const Finding& finding : found) {
    result.edits.push_back({RedactEdit::Kind::kPart, finding.where, finding.secret});
  }
  return result;
}

}  // namespace obs::lang
