// YAML, as configuration files have it, to a tree of texts that knows its lines.
//
// Scalars are text: what a number or a flag is, the reader of the tree decides. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/bytes.h"
#include "libobs/base/result.h"

namespace obs::codec {

// Far above any configuration; they bound what aliases can unfold to.
inline constexpr std::size_t kMaxYamlBytes = 4 * kMiB;
inline constexpr std::size_t kMaxYamlNodes = 200'000;
inline constexpr int kMaxYamlDepth = 32;

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  std::size_t line = 1;
  std::string scalar;
  std::vector<YamlNode> items;     // Of a sequence.
  std::vector<YamlEntry> entries;  // Of a map, each key once.
};

struct YamlEntry {
  std::string key;
  YamlNode value;
};

// The first document; an empty one is null. kMalformed names the line: "line 3: illegal map value".
// kLimitExceeded: it is beyond the limits above.
Result<YamlNode> parse_yaml(std::string_view text);

// The node as text that is the same for the same contents.
std::string to_text(const YamlNode& node);

}  // namespace obs::codec
