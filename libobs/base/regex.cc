#include "libobs/base/regex.h"

#include <string>

#include <re2/re2.h>

namespace obs {
namespace {

// What one pattern's automaton may take; RE2 falls back to its slower engine beyond it, and refuses
// patterns whose program alone is larger.
constexpr std::int64_t kMaxMemory = std::int64_t{8} << 20;

re2::RE2::Options make_options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  return options;
}

re2::StringPiece to_piece(std::string_view text) {
  // Never null, so that an empty match differs from a group that did not take part.
  return text.data() ? re2::StringPiece(text.data(), text.size()) : re2::StringPiece("", 0);
}

}  // namespace

struct Regex::State {
  explicit State(std::string_view pattern) : regex(to_piece(pattern), make_options()) {}

  re2::RE2 regex;
  std::vector<std::string> group_names;
};

Regex::Regex(std::unique_ptr<State> state) : state_(std::move(state)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  auto state = std::make_unique<State>(pattern);
  if (!state->regex.ok()) {
    return fail(Errc::kInvalidArgument,
                "regular expression '" + std::string(pattern) + "': " + state->regex.error());
  }
  state->group_names.resize(static_cast<std::size_t>(state->regex.NumberOfCapturingGroups()) + 1);
  for (const auto& [number, name] : state->regex.CapturingGroupNames()) {
    state->group_names[static_cast<std::size_t>(number)] = name;
  }
  return Regex(std::move(state));
}

bool Regex::search(std::string_view text) const {
  return state_->regex.Match(to_piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool Regex::full_match(std::string_view text) const {
  return state_->regex.Match(to_piece(text), 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

std::vector<std::string_view> Regex::match(std::string_view text) const {
  std::vector<re2::StringPiece> pieces(state_->group_names.size());
  const bool found = state_->regex.Match(to_piece(text), 0, text.size(), re2::RE2::UNANCHORED,
                                         pieces.data(), static_cast<int>(pieces.size()));
  if (!found) return {};
  std::vector<std::string_view> groups;
  groups.reserve(pieces.size());
  for (const auto& piece : pieces) groups.emplace_back(piece.data(), piece.size());
  return groups;
}

const std::vector<std::string>& Regex::group_names() const { return state_->group_names; }

}  // namespace obs
