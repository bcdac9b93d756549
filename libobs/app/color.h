// Whether to colour what goes to a descriptor: --color, NO_COLOR and the terminal decide.

#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace obs::app {

// "auto", "always" or "never". `auto` colours terminals, unless NO_COLOR is set to anything or TERM
// is "dumb".
bool use_color(const std::string& mode, int fd = 1);

// Declares `--color WHEN`.
CLI::Option* declare_color(CLI::App& app, std::string& mode);

}  // namespace obs::app
