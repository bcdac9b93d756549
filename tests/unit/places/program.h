// For tests: programs as receivers have them.

#pragma once

#include <string>

#include <catch2/catch.hpp>

#include "libobs/places/batch_program.h"

namespace obs::places {

inline ProgramPtr program(const std::string& text) {
  auto compiled = BatchProgram::compile({text, "", "key"});
  INFO(text);
  INFO((compiled ? "" : compiled.error().message));
  REQUIRE(compiled);
  return *compiled;
}

}  // namespace obs::places
