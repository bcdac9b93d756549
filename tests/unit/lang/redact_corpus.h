// Planted secrets, the places in a record where they may stand, and lines that hold none.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace obs::test {

struct PlantedSecret {
  std::string_view detector;
  std::string text;    // What is planted.
  std::string hidden;  // What must be gone: usually all of it.
};

std::vector<PlantedSecret> planted_secrets();

struct PlantedLine {
  std::string place;  // For messages: "nested value".
  std::string line;
};

// The secret in every place: body, attribute, key, nested, escaped in every layer, beside marks.
std::vector<PlantedLine> plant(std::string_view secret);

// Ordinary log lines of many programs, generated from a seed.
std::vector<std::string> ordinary_lines(std::size_t count, unsigned seed);

}  // namespace obs::test
