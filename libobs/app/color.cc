#include "libobs/app/color.h"

#include <cstdlib>
#include <string_view>

#include <unistd.h>

namespace obs::app {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

bool use_color(const std::string& mode, int fd) {
  if (mode != "auto") return mode == "always";
  return environment("NO_COLOR").empty() && environment("TERM") != "dumb" && ::isatty(fd) == 1;
}

CLI::Option* declare_color(CLI::App& app, std::string& mode) {
  return app.add_option("--color", mode, "Colour the output: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
}

}  // namespace obs::app
