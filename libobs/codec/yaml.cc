#include "libobs/codec/yaml.h"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace obs::codec {
namespace {

class Converter {
 public:
  Result<YamlNode> convert(const YAML::Node& from, int depth) {
    YamlNode node;
    node.line = static_cast<std::size_t>(from.Mark().line + 1);
    if (++nodes_ > kMaxYamlNodes || depth > kMaxYamlDepth) {
      return fail(Errc::kLimitExceeded,
                  fmt::format("line {}: more than {} values, or more than {} levels", node.line,
                              kMaxYamlNodes, kMaxYamlDepth));
    }
    switch (from.Type()) {
      case YAML::NodeType::Scalar:
        node.kind = YamlNode::Kind::kScalar;
        node.scalar = from.Scalar();
        break;
      case YAML::NodeType::Sequence:
        node.kind = YamlNode::Kind::kSequence;
        for (const YAML::Node& item : from) {
          OBS_TRY(YamlNode made, convert(item, depth + 1));
          node.items.push_back(std::move(made));
        }
        break;
      case YAML::NodeType::Map: {
        node.kind = YamlNode::Kind::kMap;
        OBS_TRY_VOID(convert_entries(from, depth, node));
        break;
      }
      default: break;
    }
    return node;
  }

 private:
  Result<void> convert_entries(const YAML::Node& from, int depth, YamlNode& node) {
    std::set<std::string> keys;
    for (const auto& entry : from) {
      const auto line = entry.first.Mark().line + 1;
      if (!entry.first.IsScalar()) {
        return fail(Errc::kMalformed, fmt::format("line {}: a key is not a text", line));
      }
      std::string key = entry.first.Scalar();
      if (!keys.insert(key).second) {
        return fail(Errc::kMalformed, fmt::format("line {}: {} is there twice", line, key));
      }
      OBS_TRY(YamlNode made, convert(entry.second, depth + 1));
      made.line = static_cast<std::size_t>(line);
      node.entries.push_back({std::move(key), std::move(made)});
    }
    return {};
  }

  std::size_t nodes_ = 0;
};

void append_text(std::string& out, const YamlNode& node) {
  const auto append = [&out](std::string_view text) {
    out += fmt::format("{}:{}", text.size(), text);
  };
  out += fmt::format("{}(", static_cast<int>(node.kind));
  append(node.scalar);
  for (const YamlNode& item : node.items) append_text(out, item);
  for (const auto& [key, value] : node.entries) {
    append(key);
    append_text(out, value);
  }
  out += ')';
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return fail(Errc::kLimitExceeded, fmt::format("more than {} bytes", kMaxYamlBytes));
  }
  try {
    return Converter().convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return fail(Errc::kMalformed, fmt::format("line {}: {}", error.mark.line + 1, error.msg));
  }
}

std::string to_text(const YamlNode& node) {
  std::string out;
  append_text(out, node);
  return out;
}

}  // namespace obs::codec
