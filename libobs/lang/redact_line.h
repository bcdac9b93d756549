// Where the secrets are in a line of JSON: the walk that redaction and its proof share.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "libobs/lang/redact.h"

namespace obs::lang {

// What to change in a line.
struct RedactEdit {
  enum class Kind : std::uint8_t {
    kPart,    // A stretch of a string, or of a line that is text.
    kString,  // A whole string value that holds secrets, quotes included.
    kNumber,  // A number that is a secret.
    kBytes,   // The base64 between quotes.
  };
  Kind kind;
  Extent where;
  Secret secret;
  RedactContext context{};  // kBytes.
};

struct RedactEdits {
  std::vector<RedactEdit> edits;  // Ascending. A kString comes before its parts.
  bool is_json = true;            // The line was read to its end as JSON; else it is one text.
};

// `windows` is what suspect_windows() says of the line. Pure. Nested deeper than 1024 counts as
// text, for which every field is covered.
RedactEdits find_edits(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
                       const std::vector<std::uint32_t>& windows);

}  // namespace obs::lang
