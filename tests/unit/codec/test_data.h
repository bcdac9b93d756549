// For tests: the files of tests/data.

#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace obs::codec {

inline std::string read_test_data(const std::string& name) {
  std::ifstream file(std::string(OBS_TEST_DATA) + "/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("no test data " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace obs::codec
