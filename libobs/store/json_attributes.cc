#include "libobs/store/json_attributes.h"

#include <string>

#include "libobs/base/arena.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/index_tokens.h"

namespace obs::store {
namespace {

using Take = std::function<void(std::string_view, std::optional<std::string_view>)>;

// Escapes are rare, and then somebody else knows them.
void take_parsed(std::string_view json, const Take& take) {
  Arena arena;
  const auto parsed = codec::parse_record_value(json, arena);
  if (!parsed || parsed->kind() != model::ValueKind::kMap) return;
  std::string scratch;
  for (const model::KeyValue& member : parsed->as_map()) {
    take(member.key, indexed_text(member.value, scratch));
  }
}

// An object without a backslash: every quote begins or ends a string.
class PlainObject {
 public:
  explicit PlainObject(std::string_view json) : json_(json) {}

  void each(const Take& take) {
    if (!skip('{')) return;
    while (peek() == '"') {
      std::string_view key = string();
      if (key.starts_with("$$")) key.remove_prefix(1);
      if (!skip(':')) return;
      if (peek() == '"') {
        take(key, string());
      } else {
        const std::string_view text = other();
        const bool has_text = text == "true" || text == "false" || parse_int(text);
        take(key, has_text ? std::optional(text) : std::nullopt);
      }
      if (!skip(',')) return;
    }
  }

 private:
  char peek() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n')) ++at_;
    return at_ < json_.size() ? json_[at_] : '\0';
  }

  bool skip(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  std::string_view string() {
    const std::size_t begin = ++at_;
    const std::size_t end = std::min(json_.find('"', begin), json_.size());
    at_ = std::min(end + 1, json_.size());
    return json_.substr(begin, end - begin);
  }

  // A number, a word, or all of an array or object: up to the comma or brace after it.
  std::string_view other() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (at_ < json_.size()) {
      const char c = json_[at_];
      if (c == '"') {
        (void)string();
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}')) break;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    }
    return trim(json_.substr(begin, at_ - begin));
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

void each_json_attribute(std::string_view json, const Take& take) {
  if (json.size() <= 2) return;
  if (json.find('\\') != std::string_view::npos) return take_parsed(json, take);
  PlainObject(json).each(take);
}

}  // namespace obs::store
