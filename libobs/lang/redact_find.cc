#include "libobs/lang/redact_find.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_escapes.h"
#include "libobs/lang/redact_mask.h"
#include "libobs/lang/redact_scan.h"
#include "libobs/lang/scan.h"

namespace obs::lang {
namespace {

// JSON in JSON in JSON has three. Each layer costs a copy; deeper ones are taken out unread.
constexpr std::size_t kMaxLayers = 8;

struct Scan {
  Secret secret;
  std::string_view name;
  void (*find)(std::string_view, std::vector<Extent>&);
  std::uint32_t suspicion;
  bool is_key;  // One of those that `secret` stands for.
};

constexpr std::array kScans = {
    Scan{Secret::kEmail, "email", find_email, Suspicion::kEmail, false},
    Scan{Secret::kCard, "card", find_card, Suspicion::kCard, false},
    Scan{Secret::kSsn, "ssn", find_ssn, Suspicion::kSsn, false},
    Scan{Secret::kPhone, "phone", find_phone, Suspicion::kPhone, false},
    Scan{Secret::kIp, "ip", find_ip, Suspicion::kIp, false},
    Scan{Secret::kJwt, "jwt", find_jwt, Suspicion::kJwt, true},
    Scan{Secret::kAws, "aws", find_aws_key, Suspicion::kAws, true},
    Scan{Secret::kGithub, "github", find_github_token, Suspicion::kGithub, true},
    Scan{Secret::kSlack, "slack", find_slack_token, Suspicion::kSlack, true},
    Scan{Secret::kBearer, "bearer", find_bearer, Suspicion::kBearer, true},
    Scan{Secret::kPrivateKey, "private_key", find_private_key, Suspicion::kPrivateKey, true},
    Scan{Secret::kNamed, "secret", find_named_secret, Suspicion::kNamed, true},
};

constexpr std::uint32_t bit(Secret secret) { return 1U << static_cast<unsigned>(secret); }

// From `first` on ascending, with those that overlap made one, under the name of the longest.
void merge(std::vector<Finding>& findings, std::size_t first = 0) {
  if (findings.size() < first + 2) return;
  std::stable_sort(
      findings.begin() + static_cast<std::ptrdiff_t>(first), findings.end(),
      [](const Finding& a, const Finding& b) { return a.where.begin < b.where.begin; });
  std::size_t kept = first;
  std::size_t longest = 0;
  for (std::size_t i = first; i < findings.size(); ++i) {
    const Finding next = findings[i];
    const std::size_t size = next.where.end - next.where.begin;
    if (kept == first || next.where.begin >= findings[kept - 1].where.end) {
      findings[kept++] = next;
      longest = size;
      continue;
    }
    Finding& last = findings[kept - 1];
    last.where.end = std::max(last.where.end, next.where.end);
    if (size > longest) last.secret = next.secret;
    longest = std::max(longest, size);
  }
  findings.resize(kept);
}

// Widens to whole characters, for patterns may match single bytes.
void widen(std::string_view text, Extent& where) {
  const auto is_inner = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  while (where.begin > 0 && is_inner(where.begin)) --where.begin;
  while (is_inner(where.end)) ++where.end;
}

// Text under its layers of escapes, each of which is a copy with one layer less.
struct Layer {
  std::string text;
  Escapes taken;  // To get here from the one around it.
};

// The next layer of the text; nullopt when it has no escapes.
std::optional<Layer> unwrap(std::string_view text, Escapes escapes) {
  const bool has_marks = text.find('\\') != std::string_view::npos ||
                         (escapes == Escapes::kAll && text.find('%') != std::string_view::npos);
  if (!has_marks) return std::nullopt;
  Layer inner{{}, escapes};
  unescape_forgivingly(text, inner.text, escapes);
  if (inner.text == text) return std::nullopt;
  return inner;
}

// Maps findings of the innermost layer back to the outermost.
void map_out(std::string_view text, const std::vector<Layer>& layers,
             std::vector<Finding>& findings) {
  if (findings.empty()) return;
  std::vector<Extent> extents;
  for (const Finding& finding : findings) extents.push_back(finding.where);
  for (std::size_t layer = layers.size(); layer > 0; --layer) {
    map_to_escaped(layer == 1 ? text : std::string_view(layers[layer - 2].text), extents,
                   layers[layer - 1].taken);
  }
  for (std::size_t i = 0; i < findings.size(); ++i) findings[i].where = extents[i];
}

// The detector, with the word in front of the text that the name of its place stands for.
void find_announced(std::string_view text, std::string_view word,
                    void (*find)(std::string_view, std::vector<Extent>&),
                    std::vector<Extent>& out) {
  const std::string announced = std::string(word) + std::string(text);
  const std::size_t first = out.size();
  find(announced, out);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i].begin = std::max(out[i].begin, word.size()) - word.size();
    out[i].end -= word.size();
  }
}

bool says_nothing(std::string_view text) {
  return trim(text).empty() || text == "true" || text == "false" || text == "null";
}

}  // namespace

std::string_view to_string(Secret secret) {
  if (secret == Secret::kPattern) return "pattern";
  if (secret == Secret::kEscapes) return "escapes";
  return kScans[static_cast<std::size_t>(secret)].name;
}

RedactContext context_of(std::string_view name) {
  const auto has = [&](std::string_view word) {
    return find_ignore_case(name, word, 0) != std::string_view::npos;
  };
  RedactContext context;
  context.phone = equals_ignore_case(name, "tel");
  constexpr std::uint32_t kTelling = Suspicion::kNamed | Suspicion::kSsn | Suspicion::kPhone;
  if ((suspect(name) & kTelling) == 0) return context;
  const std::size_t mask = name.find('[');
  const bool is_masked = mask != std::string_view::npos && is_redacted(name, {mask, mask + 1});
  context.secret = !is_masked && is_secret_name(name);
  context.ssn = std::any_of(kSsnWords.begin(), kSsnWords.end(), has);
  context.phone = has("phone") || has("mobile") || has("msisdn") || has("fax") || context.phone;
  return context;
}

std::string to_meaning(std::string_view text) {
  std::string meaning(text);
  for (std::size_t layer = 0; layer < kMaxLayers; ++layer) {
    std::string next;
    unescape_forgivingly(meaning, next, Escapes::kAll);
    if (next == meaning) break;
    meaning = std::move(next);
  }
  return meaning;
}

Result<SecretFinder> SecretFinder::make(const std::vector<std::string>& detectors,
                                        const std::vector<std::string>& patterns) {
  SecretFinder finder;
  for (const std::string& name : detectors) {
    std::uint32_t chosen = 0;
    for (const Scan& scan : kScans) {
      const bool is_meant = scan.name == name || name == "all" || (scan.is_key && name == "secret");
      if (is_meant) chosen |= bit(scan.secret);
    }
    if (chosen == 0) return fail(Errc::kInvalidArgument, fmt::format("no detector \"{}\"", name));
    finder.enabled_ |= chosen;
  }
  for (const Scan& scan : kScans) {
    if (finder.knows(scan.secret)) finder.interest_ |= scan.suspicion;
  }
  finder.interest_ |= Suspicion::kEscape | Suspicion::kBytes;
  for (const std::string& pattern : patterns) {
    OBS_TRY(Regex compiled, Regex::compile(pattern));
    finder.patterns_.push_back(std::make_shared<const Regex>(std::move(compiled)));
  }
  return finder;
}

void SecretFinder::find_patterns(std::string_view text, std::vector<Finding>& out) const {
  for (const auto& pattern : patterns_) {
    for (std::size_t from = 0; from <= text.size();) {
      const auto groups = pattern->match(text.substr(from));
      if (groups.empty()) break;
      const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
      const std::size_t end = begin + groups[0].size();
      if (end > begin) out.push_back({{begin, end}, Secret::kPattern});
      from = std::max(end, from + 1);
    }
  }
}

// One layer: what stands there, as if there were no escapes.
void SecretFinder::find_in_layer(std::string_view text, std::uint32_t suspicion,
                                 RedactContext context, std::vector<Finding>& out) const {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  std::vector<Extent> extents;
  for (const Scan& scan : kScans) {
    if (!knows(scan.secret)) continue;
    if ((suspicion & scan.suspicion) != 0) scan.find(text, extents);
    if (context.ssn && scan.secret == Secret::kSsn) find_announced(text, "ssn:", find_ssn, extents);
    if (context.phone && scan.secret == Secret::kPhone) {
      find_announced(text, "phone:", find_phone, extents);
    }
    for (const Extent& extent : extents) out.push_back({extent, scan.secret});
    extents.clear();
  }
  find_patterns(text, out);
  const auto is_done = [&](const Finding& finding) { return is_redacted(text, finding.where); };
  out.erase(std::remove_if(out.begin() + first, out.end(), is_done), out.end());
  std::for_each(out.begin() + first, out.end(),
                [&](Finding& finding) { widen(text, finding.where); });
}

void SecretFinder::find_in_layers(std::string_view text, bool escaped, RedactContext context,
                                  std::vector<Finding>& out) const {
  std::vector<Layer> layers;
  // The outside of a JSON string's escapes says nothing yet, and must not be cut.
  if (escaped) {
    if (auto inner = unwrap(text, Escapes::kBackslash)) layers.push_back(std::move(*inner));
  }
  while (true) {
    const std::string_view layer = layers.empty() ? text : std::string_view(layers.back().text);
    std::vector<Finding> found;
    find_in_layer(layer, suspect(layer), context, found);
    merge(found);
    map_out(text, layers, found);
    out.insert(out.end(), found.begin(), found.end());
    auto inner = unwrap(layer, Escapes::kAll);
    if (!inner) break;
    if (layers.size() == kMaxLayers) {
      out.push_back({{0, text.size()}, Secret::kEscapes});
      break;
    }
    layers.push_back(std::move(*inner));
  }
}

void SecretFinder::find(std::string_view text, bool escaped, RedactContext context,
                        std::vector<Finding>& out) const {
  const std::size_t first = out.size();
  if (context.secret && knows(Secret::kNamed) && !says_nothing(text) &&
      !is_redacted(text, {0, text.size()})) {
    out.push_back({{0, text.size()}, Secret::kNamed});
  }
  const std::uint32_t suspicion = suspect(text);
  const bool has_escapes = (suspicion & Suspicion::kEscape) != 0;
  if (has_escapes) {
    find_in_layers(text, escaped, context, out);
  } else if ((suspicion & interest_) != 0 || has_patterns() || context.ssn || context.phone) {
    find_in_layer(text, suspicion, context, out);
  }
  merge(out, first);
}

void SecretFinder::find_in_number(std::string_view number, RedactContext context,
                                  std::vector<Finding>& out) const {
  const std::size_t first = out.size();
  find(number, false, context, out);
  const bool has_exponent = number.find_first_of("eE") != std::string_view::npos;
  const std::size_t point = number.find('.');
  if (!context.secret && !context.ssn && !context.phone && point != std::string_view::npos) {
    const auto is_fraction = [&](const Finding& finding) {
      return finding.secret == Secret::kCard && finding.where.end > point;
    };
    out.erase(
        std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(), is_fraction),
        out.end());
  }
  // 4.111111111111111e15 is a card too.
  if (!has_exponent || out.size() > first) return;
  constexpr double kTooLarge = 1e19;  // Longer than any number that a detector knows.
  const auto value = parse_double(number);
  if (!value || std::fabs(*value) >= kTooLarge || *value != std::floor(*value)) return;
  find(fmt::format("{:.0f}", *value), false, context, out);
}

}  // namespace obs::lang
