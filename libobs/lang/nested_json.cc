#include "libobs/lang/nested_json.h"

namespace obs::lang {
namespace {

void append_member(std::string& out, const Raw& key, std::string_view value) {
  if (out.size() > 1) out += ',';
  if (key) {
    out += key.token();
    out += ':';
  }
  out += value;
}

std::string without_item(const Raw& array, std::size_t index, std::string_view rest) {
  std::string out = "[";
  RawWalk walk(array);
  Raw key;
  Raw value;
  for (std::size_t i = 0; walk.next(key, value); ++i) {
    if (i != index) {
      append_member(out, key, value.token());
    } else if (!rest.empty()) {
      append_member(out, key, without(value, rest));
    }
  }
  return out + "]";
}

std::string without_member(const Raw& object, std::string_view path) {
  std::string out = "{";
  RawWalk walk(object);
  Raw key;
  Raw value;
  Scratch scratch;
  while (walk.next(key, value)) {
    const std::string_view name = unescape(key, scratch);
    if (name == path) continue;
    const bool leads_on = path.size() > name.size() && path.starts_with(name) &&
                          (path[name.size()] == '.' || path[name.size()] == '[');
    if (leads_on) {
      const std::string_view rest = path.substr(name.size());
      append_member(out, key, without(value, rest.substr(rest.front() == '.' ? 1 : 0)));
    } else {
      append_member(out, key, value.token());
    }
  }
  return out + "}";
}

}  // namespace

std::string_view compact_json(std::string_view text, Scratch& scratch) {
  if (text.find_first_of(" \t\r\n\\") == std::string_view::npos) return text;
  std::string out;
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while ((at = skip_space(at, end)) < end) {
    if (*at != '"') {
      out += *at++;
      continue;
    }
    const Raw string = take_raw(at, end);
    if (!string) return text;
    if (string.escaped) {
      append_json(out, Value::string(unescape(string, scratch)));
    } else {
      out += string.token();
    }
  }
  return out == text ? text : scratch.keep(out);
}

// As deep as the path at most.
std::string without(const Raw& container, std::string_view path) {
  std::size_t index = 0;
  if (container.kind == RawKind::kArray && take_index(path, index)) {
    return without_item(container, index, path);
  }
  if (container.kind != RawKind::kObject) return std::string(container.token());
  return without_member(container, path);
}

}  // namespace obs::lang
