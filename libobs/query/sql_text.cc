#include "libobs/query/sql_text.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace obs::query {
namespace {

bool is_identifier_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_continuation_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The first place where `word` stands by itself.
std::optional<std::size_t> find_word(std::string_view sql, std::string_view word) {
  const auto bounds_word = [&](std::size_t at) {
    return at >= sql.size() || !is_identifier_char(sql[at]);
  };
  for (std::size_t at = sql.find(word); at != std::string_view::npos; at = sql.find(word, at + 1)) {
    if ((at == 0 || bounds_word(at - 1)) && bounds_word(at + word.size())) return at;
  }
  return std::nullopt;
}

// What a message quotes first: `x` of "x", of 'x' and of 'x(VARCHAR)'.
std::string_view find_quoted(std::string_view message) {
  const std::size_t open = message.find_first_of("\"'");
  if (open == std::string_view::npos) return {};
  const std::size_t close = message.find(message[open], open + 1);
  if (close == std::string_view::npos) return {};
  const std::string_view quoted = message.substr(open + 1, close - open - 1);
  return quoted.substr(0, quoted.find('('));
}

// DuckDB puts its own name for the kind of error first ("Binder Error: ") and every overload it
// knows last; what is between is what helps.
std::string_view to_essence(std::string_view message) {
  constexpr std::string_view kKind = " Error: ";
  const std::size_t kind = message.find(kKind);
  if (kind < message.find_first_of("\"':(")) message.remove_prefix(kind + kKind.size());
  return message.substr(0, message.find(" Candidate functions:"));
}

constexpr std::string_view kCastHint =
    " (attributes['k'] is text: cast it, as in attributes['k']::DOUBLE)";

}  // namespace

std::string describe_place(std::string_view sql, std::size_t offset) {
  const std::string_view before = sql.substr(0, std::min(offset, sql.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  const auto inner = std::count_if(line.begin(), line.end(), is_continuation_byte);
  return fmt::format("line {}, column {}", lines + 1, line.size() - inner + 1);
}

Error sql_error(std::string_view sql, std::optional<std::size_t> offset, std::string_view what) {
  if (!offset) return {Errc::kInvalidArgument, std::string(what)};
  return {Errc::kInvalidArgument, fmt::format("{}: {}", describe_place(sql, *offset), what)};
}

Error explain_sql_error(std::string_view sql, const Error& error) {
  if (error.code != Errc::kInvalidArgument) return error;
  std::string what(to_essence(error.message));
  if (what.find("Cannot compare values of type VARCHAR") != std::string::npos) what += kCastHint;
  const std::string_view named = find_quoted(what);
  return sql_error(sql, named.empty() ? std::nullopt : find_word(sql, named), what);
}

}  // namespace obs::query
