// Finds secrets in one piece of text, through every layer of escapes.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/regex.h"
#include "libobs/base/result.h"
#include "libobs/lang/diagnostic.h"

namespace obs::lang {

// What was found: a built-in detector's secret, what a pattern of the user's matches, or text whose
// escapes are nested too deeply to look through.
enum class Secret : std::uint8_t {
  kEmail,
  kCard,
  kSsn,
  kPhone,
  kIp,
  kJwt,
  kAws,
  kGithub,
  kSlack,
  kBearer,
  kPrivateKey,
  kNamed,
  kPattern,
  kEscapes,
};
inline constexpr std::size_t kSecretKinds = 14;
// As masks and counters say it: "email", "private_key", "secret" (kNamed), "pattern", "escapes".
std::string_view to_string(Secret secret);

struct Finding {
  Extent where;
  Secret secret;
};

// What the place of a text says of it.
struct RedactContext {
  bool secret = false;  // It is the value of a name such as `password`.
  bool ssn = false;     // Nine digits are a social security number.
  bool phone = false;   // Seven digits or more are a phone number.
};
RedactContext context_of(std::string_view name);

// Immutable, usable from any thread.
class SecretFinder {
 public:
  // Names of detectors, or "all". Fails on a pattern that is no regular expression, and on a name
  // that is none.
  static Result<SecretFinder> make(const std::vector<std::string>& detectors,
                                   const std::vector<std::string>& patterns);

  // What the first look has to look for: where it sees none of that, find() finds nothing, unless
  // there are patterns.
  std::uint32_t interest() const { return interest_; }
  bool has_patterns() const { return !patterns_.empty(); }

  // Appends what is in `text`: ascending, apart, whole characters. Text that is the inside of a
  // JSON string is `escaped`; its extents never cut an escape. What an earlier redaction left (a
  // mask, a hash) is no secret.
  void find(std::string_view text, bool escaped, RedactContext context,
            std::vector<Finding>& out) const;

  // The same for a JSON number, whose digits behind the point are no card: of the doubles that have
  // all their digits, one in twenty would be taken for one. A whole number may have an exponent.
  void find_in_number(std::string_view number, RedactContext context,
                      std::vector<Finding>& out) const;

  bool knows(Secret secret) const { return (enabled_ >> static_cast<unsigned>(secret) & 1) != 0; }

 private:
  void find_in_layer(std::string_view text, std::uint32_t suspicion, RedactContext context,
                     std::vector<Finding>& out) const;
  void find_in_layers(std::string_view text, bool escaped, RedactContext context,
                      std::vector<Finding>& out) const;
  void find_patterns(std::string_view text, std::vector<Finding>& out) const;

  std::uint32_t enabled_ = 0;   // A bit for each Secret.
  std::uint32_t interest_ = 0;  // Bits of Suspicion.
  std::vector<std::shared_ptr<const Regex>> patterns_;
};

// `text` with all layers of escapes resolved, as find() sees it: what a secret says.
std::string to_meaning(std::string_view text);

}  // namespace obs::lang
