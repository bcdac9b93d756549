// Where the secrets are in a line of JSON: the walk that redaction and its proof share.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "libobs/lang/redact.h"
#include "libobs/lang/redact_scan.h"

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

// An open object or array, or the line itself.
struct RedactFrame {
  Extent key{};                 // Of the member that is open, as it is written.
  RedactContext context{};      // Of its values: of the member that is open, or the array's own.
  RedactContext inherited{};    // Of the whole container.
  bool has_member = false;      // A member is open.
  bool has_marked_key = false;  // Its key has something that was marked.
  bool names_secret = false;    // A member called name or key named a secret: `value` is one.
};

// A frame's places, which are told only when some are not covered.
struct RedactPlaces {
  RedactScope::Place place{};
  RedactScope::Place member{};  // Of the member that is open.
};

// What was found in a line, and memory that serves one line after another. One for a thread.
struct RedactWork {
  Suspects suspects;
  std::vector<RedactEdit> edits;  // Ascending. A kString comes before its parts.
  bool is_json = true;            // The line was read to its end as JSON; else it is one text.

  // Of the walk.
  std::vector<std::uint64_t> quotes;
  std::vector<RedactFrame> frames;
  std::vector<RedactPlaces> places;
  std::vector<Finding> found;
};

// Finds the edits of a line into `work`; false when there are none. Pure. Nested deeper than 1024
// counts as text, for which every field is covered.
bool find_edits(const SecretFinder& finder, const RedactScope& scope, std::string_view line,
                RedactWork& work);

}  // namespace obs::lang
