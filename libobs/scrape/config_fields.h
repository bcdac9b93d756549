// Reading maps of a configuration file by tables of their keys. For libobs/scrape's own files.

#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/codec/yaml.h"

namespace obs::scrape {

using codec::YamlNode;

// A key, and how its value is read into a T.
template <class T>
struct Field {
  std::string_view key;
  Result<void> (*read)(const YamlNode& value, T& out);
};

// "line 12: …".
Failure<Error> fail_at(const YamlNode& node, std::string_view what);
Failure<Error> fail_unknown(const YamlNode& node, std::string_view where, std::string_view key,
                            std::span<const std::string_view> known);

template <class T>
Result<void> read_map(const YamlNode& node, std::string_view where,
                      std::span<const Field<T>> fields, T& out) {
  if (node.kind == YamlNode::Kind::kNull) return {};
  if (node.kind != YamlNode::Kind::kMap) return fail_at(node, fmt::format("{}: no map", where));
  for (const auto& [key, value] : node.entries) {
    const Field<T>* found = nullptr;
    for (const Field<T>& field : fields) {
      if (field.key == key) found = &field;
    }
    if (found == nullptr) {
      std::vector<std::string_view> known;
      for (const Field<T>& field : fields) known.push_back(field.key);
      return fail_unknown(value, where, key, known);
    }
    auto read = found->read(value, out);
    if (!read) {
      if (read.error().message.starts_with("line ")) return read;
      return fail_at(value, fmt::format("{}: {}", key, read.error().message));
    }
  }
  return {};
}

// Each item of a sequence.
template <class T>
Result<void> read_list(const YamlNode& node, std::string_view where,
                       std::span<const Field<T>> fields, std::vector<T>& out) {
  if (node.kind == YamlNode::Kind::kNull) return {};
  if (node.kind != YamlNode::Kind::kSequence) {
    return fail_at(node, fmt::format("{}: no list", where));
  }
  for (const YamlNode& item : node.items) {
    OBS_TRY_VOID(read_map<T>(item, where, fields, out.emplace_back()));
  }
  return {};
}

Result<void> read_text(const YamlNode& node, std::string& out);
Result<void> read_texts(const YamlNode& node, std::vector<std::string>& out);
Result<void> read_flag(const YamlNode& node, bool& out);
Result<void> read_count(const YamlNode& node, std::size_t& out);
Result<void> read_size(const YamlNode& node, std::size_t& out);   // "10MB"; 0 is no limit.
Result<void> read_interval(const YamlNode& node, Duration& out);  // Above 0.

}  // namespace obs::scrape
