#include "libobs/app/help.h"

#include <memory>
#include <string>

#include <fmt/format.h>

namespace obs::app {
namespace {

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    std::string out = fmt::format(" {}", option->get_type_name());
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) out += " ...";
    if (option->get_required()) out += " (required)";
    return out;
  }
};

// The first option that has a variable, for the example.
const CLI::Option* find_example(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_envname().empty()) return option;
  }
  return nullptr;
}

void format_one(CLI::App& app, const std::shared_ptr<HelpFormatter>& formatter) {
  app.formatter(formatter);
  const CLI::Option* example = find_example(app);
  if (example && app.get_footer().empty()) {
    app.footer(fmt::format("Each option may come from the environment too: --{} is {}.",
                           example->get_lnames().front(), example->get_envname()));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    format_one(*command, formatter);
  }
}

}  // namespace

void format_help(CLI::App& app) { format_one(app, std::make_shared<HelpFormatter>()); }

}  // namespace obs::app
