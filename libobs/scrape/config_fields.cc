#include "libobs/scrape/config_fields.h"

namespace obs::scrape {
namespace {

Failure<Error> fail_value(std::string_view what) {
  return fail(Errc::kMalformed, std::string(what));
}

}  // namespace

Failure<Error> fail_at(const YamlNode& node, std::string_view what) {
  return fail(Errc::kMalformed, fmt::format("line {}: {}", node.line, what));
}

Failure<Error> fail_unknown(const YamlNode& node, std::string_view where, std::string_view key,
                            std::span<const std::string_view> known) {
  const std::string_view near = find_nearest(key, known);
  const std::string hint = near.empty() ? "" : fmt::format(" (did you mean {}?)", near);
  return fail_at(node, fmt::format("{}: unknown key '{}'{}; known are {}", where, key, hint,
                                   fmt::join(known, ", ")));
}

Result<void> read_text(const YamlNode& node, std::string& out) {
  if (node.kind == YamlNode::Kind::kNull) {
    out.clear();
    return {};
  }
  if (node.kind != YamlNode::Kind::kScalar) return fail_value("no text");
  out = node.scalar;
  return {};
}

Result<void> read_texts(const YamlNode& node, std::vector<std::string>& out) {
  if (node.kind == YamlNode::Kind::kNull) return {};
  if (node.kind != YamlNode::Kind::kSequence) return fail_value("no list");
  for (const YamlNode& item : node.items) OBS_TRY_VOID(read_text(item, out.emplace_back()));
  return {};
}

Result<void> read_flag(const YamlNode& node, bool& out) {
  if (node.scalar == "true" || node.scalar == "false") {
    out = node.scalar == "true";
    return {};
  }
  return fail_value(fmt::format("'{}' is neither true nor false", node.scalar));
}

Result<void> read_count(const YamlNode& node, std::size_t& out) {
  const auto number = parse_uint(node.scalar);
  if (!number) return fail_value(fmt::format("'{}' is no number", node.scalar));
  out = static_cast<std::size_t>(*number);
  return {};
}

// Prometheus' KB is 1024 bytes; so is its KiB.
Result<void> read_size(const YamlNode& node, std::size_t& out) {
  std::string text = node.scalar;
  if (text.size() > 2 && text.back() == 'B' && text[text.size() - 2] != 'i') {
    text.insert(text.size() - 1, "i");
  }
  auto size = parse_size(text);
  if (!size) size = parse_size(node.scalar);
  if (!size) return fail_value(fmt::format("'{}' is no size such as 10MB", node.scalar));
  out = static_cast<std::size_t>(*size);
  return {};
}

Result<void> read_interval(const YamlNode& node, Duration& out) {
  const auto duration = parse_duration(node.scalar);
  if (!duration || *duration <= 0) {
    return fail_value(fmt::format("'{}' is no duration such as 15s", node.scalar));
  }
  out = *duration;
  return {};
}

}  // namespace obs::scrape
