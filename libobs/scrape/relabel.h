// Relabeling, as Prometheus has it: steps that rewrite the labels of a target or a sample, or drop
// it. Pure.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/regex.h"
#include "libobs/base/result.h"

namespace obs::scrape {

// By name; none with an empty value.
using Labels = std::map<std::string, std::string, std::less<>>;

enum class RelabelAction : std::uint8_t {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase
};
// nullopt-like: kInvalidArgument names the actions there are.
Result<RelabelAction> parse_relabel_action(std::string_view name);

// One step. Members have Prometheus' defaults.
struct RelabelStep {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::shared_ptr<const Regex> regex;  // Anchored on both sides; null: (.*).
  std::uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  RelabelAction action = RelabelAction::kReplace;
};

// For RelabelStep::regex. kInvalidArgument: what is wrong with it.
Result<std::shared_ptr<const Regex>> compile_relabel_regex(std::string_view pattern);

// What a step lacks for its action; empty: nothing.
std::string check_step(const RelabelStep& step);

// False: dropped.
bool relabel(const std::vector<RelabelStep>& steps, Labels& labels);

}  // namespace obs::scrape
