#include "libobs/lang/redact_line.h"

#include <algorithm>
#include <cstring>

#include "libobs/base/text.h"
#include "libobs/lang/redact_escapes.h"
#include "libobs/lang/redact_quotes.h"
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
// it saw every string and number: what is wrong beyond that hides nothing. What no mark of the
// first look lies in, it passes over.
class LineWalk {
 public:
  LineWalk(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
           RedactWork& work)
      : finder_(finder),
        scope_(scope),
        has_patterns_(finder.has_patterns()),
        is_everywhere_(scope.is_everywhere()),
        line_(line),
        work_(work),
        edits_(work.edits) {
    work.frames.assign(1, {});
    work.places.clear();
    if (!is_everywhere_) work.places.push_back({scope.record(), {}});
    find_quotes(line, work.quotes);
  }

  // False when the line is no JSON, with edits that mean nothing.
  bool walk() {
    at_ = skip_right(line_, 0, is_space);
    if (at_ == line_.size() || (line_[at_] != '{' && line_[at_] != '[')) return false;
    while (at_ < line_.size()) {
      if (!take_token()) return false;
    }
    return work_.frames.size() == 1;
  }

 private:
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

  RedactFrame& top() { return work_.frames.back(); }

  bool open() {
    if (work_.frames.size() > kMaxDepth) return false;
    if (!is_everywhere_) work_.places.push_back({member_or_place(), {}});
    const RedactContext context = top().context;
    work_.frames.push_back({.context = context, .inherited = context});
    ++at_;
    return true;
  }

  bool close() {
    if (work_.frames.size() == 1) return false;
    work_.frames.pop_back();
    if (!is_everywhere_) work_.places.pop_back();
    ++at_;
    return true;
  }

  // The place of the values that stand here.
  const RedactScope::Place& member_or_place() const {
    const RedactPlaces& places = work_.places.back();
    return work_.frames.back().has_member ? places.member : places.place;
  }

  bool take_word() {
    const std::size_t end = skip_right(line_, at_, is_letter);
    const std::string_view word = line_.substr(at_, end - at_);
    at_ = end;
    return word == "true" || word == "false" || word == "null" || word == "NaN" ||
           word == "Infinity";
  }

  // The quote that ends the string whose contents begin at `from`.
  std::size_t string_end(std::size_t from) const {
    std::size_t end = next_quote(work_.quotes, from);
    while (end < line_.size() && is_escaped(from, end)) end = next_quote(work_.quotes, end + 1);
    return end;
  }

  bool is_escaped(std::size_t from, std::size_t at) const {
    if (at == from || line_[at - 1] != '\\') return false;
    return (at - skip_left(line_, at, from, [](char c) { return c == '\\'; })) % 2 == 1;
  }

  bool take_string() {
    const Extent inside{at_ + 1, string_end(at_ + 1)};
    if (inside.end >= line_.size()) return false;
    at_ = inside.end + 1;
    if (at_ < line_.size() && is_space(line_[at_])) at_ = skip_right(line_, at_, is_space);
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

  // Whether something might be found there, so that it has to be looked at alone.
  bool is_marked(Extent part) const { return has_patterns_ || work_.suspects.is_marked(part); }

  // A key's text; `unescaped` is where it is when it has escapes.
  std::string_view key_name(Extent key, std::string& unescaped) const {
    const std::string_view raw = slice(key);
    if (!work_.suspects.is_marked(key) || raw.find('\\') == std::string_view::npos) return raw;
    unescape_forgivingly(raw, unescaped);
    return unescaped;
  }

  void take_key(Extent inside) {
    RedactFrame& frame = top();
    frame.key = inside;
    frame.has_member = true;
    frame.context = frame.inherited;
    frame.has_marked_key = is_marked(inside);
    const bool tells = frame.has_marked_key || frame.names_secret || inside.end - inside.begin == 3;
    if (!tells && is_everywhere_) return;
    std::string unescaped;
    const std::string_view name = key_name(inside, unescaped);
    if (!is_everywhere_) {
      RedactPlaces& places = work_.places.back();
      places.member = scope_.member(places.place, name);
    }
    const RedactContext own = tells ? context_of(name) : RedactContext{};
    frame.context.secret |= own.secret || (frame.names_secret && name == "value");
    frame.context.ssn |= own.ssn;
    frame.context.phone |= own.phone;
    if (is_covered() && frame.has_marked_key) find_parts(inside, {});
  }

  bool is_covered() const { return is_everywhere_ || member_or_place().is_covered(); }

  // Whether the member that is open is called one of these.
  template <class... Names>
  bool is_called(Names... names) const {
    const RedactFrame& frame = work_.frames.back();
    if (!frame.has_member) return false;
    std::string unescaped;
    const std::string_view name = key_name(frame.key, unescaped);
    return ((name == names) || ...);
  }

  void take_value(Extent inside) {
    RedactFrame& frame = top();
    const bool marked = is_marked(inside);
    const bool may_name = marked || frame.names_secret;
    if (may_name && is_called("name", "key")) {
      frame.names_secret = marked && context_of(slice(inside)).secret;
    }
    const bool may_hide = marked || has_context(frame.context) || frame.has_marked_key;
    if (!may_hide || !is_covered()) return;
    const bool is_bytes = frame.has_marked_key && is_called("$bytes");
    if (is_bytes && take_bytes(inside)) return;
    if (!marked && !has_context(frame.context)) return;
    if (is_hex_id(slice(inside)) &&
        is_called("trace_id", "span_id", "parent_span_id", "traceId", "spanId"))
      return;
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

  static bool has_context(RedactContext context) {
    return context.secret || context.ssn || context.phone;
  }

  void find_parts(Extent inside, RedactContext context) {
    work_.found.clear();
    finder_.find(slice(inside), true, context, work_.found);
    for (const Finding& finding : work_.found) {
      const Extent where{inside.begin + finding.where.begin, inside.begin + finding.where.end};
      edits_.push_back({RedactEdit::Kind::kPart, where, finding.secret});
    }
  }

  bool take_number() {
    bool has_exponent = false;
    const auto is_part = [&](char c) {
      const bool is_exponent = (c | 0x20) == 'e';
      has_exponent |= is_exponent;
      return is_exponent || is_digit(c) || c == '-' || c == '+' || c == '.';
    };
    const Extent number{at_, skip_right(line_, at_, is_part)};
    at_ = number.end;
    if (!has_exponent && !is_marked(number) && !has_context(top().context)) return true;
    if (!is_covered()) return true;
    std::vector<Finding>& found = work_.found;
    found.clear();
    finder_.find_in_number(slice(number), top().context, found);
    if (!found.empty()) edits_.push_back({RedactEdit::Kind::kNumber, number, found[0].secret});
    return true;
  }

  const SecretFinder& finder_;
  const RedactScope& scope_;
  const bool has_patterns_;
  const bool is_everywhere_;
  std::string_view line_;
  RedactWork& work_;
  std::vector<RedactEdit>& edits_;
  std::size_t at_ = 0;
};

void find_in_text(const SecretFinder& finder, std::string_view line, RedactWork& work) {
  work.found.clear();
  finder.find(line, false, {}, work.found);
  for (const Finding& finding : work.found) {
    work.edits.push_back({RedactEdit::Kind::kPart, finding.where, finding.secret});
  }
}

}  // namespace

bool find_edits(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
                RedactWork& work) {
  work.edits.clear();
  work.suspects.look(line, finder.interest());
  if (work.suspects.bits() == 0 && !finder.has_patterns()) return false;
  work.is_json = LineWalk(finder, scope, line, work).walk();
  if (!work.is_json) {
    work.edits.clear();
    find_in_text(finder, line, work);
  }
  return !work.edits.empty();
}

}  // namespace obs::lang
