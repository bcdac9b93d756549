// How --help looks. For app/run.cc alone.

#pragma once

#include <CLI/CLI.hpp>

namespace obs::app {

// Says once at the end how options are called in the environment, instead of beside each option.
// Sub-commands included; call it after name_environment().
void format_help(CLI::App& app);

}  // namespace obs::app
