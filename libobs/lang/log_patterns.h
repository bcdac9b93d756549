// Log templates: what the lines of a log have in common, with <_> for what varies.
//
//   order 17 declined: no funds
//   order 18 declined: card used   become   order <_> declined: <_> <_>
//
// After Drain (He, Zhu, Zheng and Lyu, ICWS 2017), made deterministic and bounded: lines with the
// same number of words and the same first words are compared word by word with the templates known
// so far; the nearest takes the line, if enough words agree. Words that hold a digit, and values
// behind `=`, vary from the start. The result depends on the order of the lines and nothing else.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace obs::lang {

class LogPatterns {
 public:
  // More templates than that are not learnt: further lines go to "<_>".
  explicit LogPatterns(std::size_t max_patterns = 2000) : max_patterns_(max_patterns) {}

  // Learns from a line. Words beyond the 64th are one. `order` tells which line came first.
  void add(std::string_view line, double weight, std::uint64_t order);

  struct Pattern {
    std::string text;     // "order <_> declined: <_>"
    double count = 0;     // The weights of its lines.
    std::string example;  // The first of them, cut at 500 bytes.
  };
  // Most frequent first; of equals, the one seen first.
  std::vector<Pattern> patterns() const;

 private:
  struct Template {
    std::vector<std::string> words;  // Empty: any word.
    double count = 0;
    std::string example;
    std::uint64_t order = 0;
  };
  using Words = std::vector<std::string_view>;

  Template& find(const Words& words);
  static std::size_t agreeing(const Template& known, const Words& words);

  std::size_t max_patterns_;
  std::size_t size_ = 0;
  // By the number of words and the first fixed one.
  std::map<std::pair<std::size_t, std::string>, std::vector<Template>> groups_;
};

}  // namespace obs::lang
