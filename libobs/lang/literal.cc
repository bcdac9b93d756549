#include "libobs/lang/literal.h"

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::lang {
namespace {

Failure<std::string> refuse(std::string sentence) { return {std::move(sentence)}; }

Result<Literal, std::string> plain_number(const Token& token) {
  if (auto integer = parse_int(token.text)) {
    return Literal{LiteralKind::kInt, *integer, 0, token.text};
  }
  if (auto number = parse_double(token.text)) {
    return Literal{LiteralKind::kDouble, 0, *number, token.text};
  }
  return refuse(fmt::format("{} is no number", token.text));
}

}  // namespace

Result<Literal, std::string> to_literal(const Token& token) {
  if (token.kind == TokenKind::kString) return Literal{LiteralKind::kString, 0, 0, token.text};
  if (token.unit.empty()) return plain_number(token);
  const std::string text = token.text + token.unit;
  if (auto duration = parse_duration(text))
    return Literal{LiteralKind::kDuration, *duration, 0, text};
  if (auto size = parse_size(text)) {
    return Literal{LiteralKind::kSize, static_cast<std::int64_t>(*size), 0, text};
  }
  return refuse(fmt::format(
      "{} has no unit of time (ns us ms s m h d w) or size (B KB KiB MB MiB GB GiB)", text));
}

std::optional<Literal> keyword_literal(std::string_view name) {
  if (name == "true") return Literal{LiteralKind::kBool, 1, 0, "true"};
  if (name == "false") return Literal{LiteralKind::kBool, 0, 0, "false"};
  if (name == "null") return Literal{LiteralKind::kNull, 0, 0, "null"};
  return std::nullopt;
}

bool takes_words(std::string_view field) {
  return field == "severity" || field == "kind" || field == "status";
}

Result<Literal, std::string> word_literal(std::string_view field, std::string_view word) {
  const std::string lower = to_lower(word);
  if (field == "severity") {
    const std::int32_t number = model::parse_severity(lower);
    if (number == 0) {
      return refuse(
          fmt::format("\"{}\" is no severity: trace, debug, info, warn, error, fatal", word));
    }
    return Literal{LiteralKind::kSeverity, number, 0, lower};
  }
  const bool known = field == "kind" ? model::parse_span_kind(lower).has_value()
                                     : model::parse_status_code(lower).has_value();
  if (known) return Literal{LiteralKind::kString, 0, 0, lower};
  return refuse(
      field == "kind"
          ? fmt::format("\"{}\" is no span kind: internal, server, client, producer, consumer",
                        word)
          : fmt::format("\"{}\" is no status: unset, ok, error", word));
}

}  // namespace obs::lang
