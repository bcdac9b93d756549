// Escapes as redaction sees them: layer by layer, forgivingly, and with a way back.
//
// A log line may hold JSON in a string of JSON: each layer has its own backslashes, and a secret
// may be split by any of them (ann\u0040example.com). Text is unescaped until nothing changes; what
// is found in a layer is mapped back through the ones around it, to whole escapes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/diagnostic.h"

namespace obs::lang {

enum class Escapes {
  kBackslash,  // JSON's, and the \xHH of programming languages.
  kAll,        // Those and the %HH of URLs.
};

// Appends `text` with its escapes resolved. What is no escape stays as it is; a surrogate alone
// becomes U+FFFD.
void unescape_forgivingly(std::string_view text, std::string& out,
                          Escapes escapes = Escapes::kBackslash);

// Turns extents of the unescaped text, in ascending order and apart, into extents of `text`: each
// takes in every escape and every character that it touches.
void map_to_escaped(std::string_view text, std::vector<Extent>& extents,
                    Escapes escapes = Escapes::kBackslash);

}  // namespace obs::lang
