// How CLI11 is told of our conventions: environment names, configuration files, and what a mistyped
// option was meant to be. For app/run.cc alone.

#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace obs::app {

// Names the environment variable of every long option that has none yet, sub-commands included.
void name_environment(CLI::App& app);

// Makes --config FILE read our TOML; a key that is no option's name is refused with its line.
void accept_config(CLI::App& app);

// The arguments as CLI11 takes them, last first, with --config from the environment put in when
// the command line has none.
std::vector<std::string> gather_arguments(const CLI::App& app, int argc, char** argv);

// What CLI11 complains of, as one sentence with a suggestion where there is a near option.
std::string describe_usage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace obs::app
