// obs-pipe test FILE…: runs cases, and says in TAP how they went.

#pragma once

#include <string>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/lang/engine.h"

namespace obs::pipe {

// Prints TAP 14 to stdout; writes JUnit's XML to `junit` as well, unless that is empty. A program
// that is wrong fails its case. The exit status: 0 when all passed, else 1.
Result<int> run_tests(const std::vector<std::string>& files, const lang::EngineOptions& options,
                      const std::string& junit);

}  // namespace obs::pipe
