#include "libobs/app/options.h"

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "libobs/app/config.h"
#include "libobs/app/run.h"
#include "libobs/base/text.h"

namespace obs::app {
namespace {

std::vector<std::string_view> list_flags(const CLI::App& app) {
  std::vector<std::string_view> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back(name);
  }
  return flags;
}

bool is_set(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value && *value;
}

// "; did you mean '--flush-rows'?", or nothing. `dashes` is what stands before a flag there.
std::string suggest(const CLI::App& app, std::string_view flag, std::string_view dashes) {
  const auto flags = list_flags(app);
  const auto nearest = find_nearest(flag, flags);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}{}'?", dashes, nearest);
}

// CLI11's own reader takes a '#' or a comma inside quotes for syntax and skips what it does not
// understand; passwords and addresses contain both. So it is given ours.
class ConfigReader final : public CLI::ConfigTOML {
 public:
  explicit ConfigReader(CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    const std::string text(std::istreambuf_iterator<char>(input), {});
    auto entries = parse_config(text);
    if (!entries) throw refuse(entries.error().message);
    std::vector<CLI::ConfigItem> known;
    for (ConfigEntry& entry : *entries) {
      const CLI::Option& option = find_option(entry);
      // CLI11 asks the environment last and only for what is still unset; the environment is to
      // win.
      if (entry.values.empty() || is_set(option.get_envname())) continue;
      known.push_back({std::move(entry.tables), std::move(entry.key), std::move(entry.values)});
    }
    return known;
  }

 private:
  CLI::ConfigError refuse(std::string_view what) const {
    const auto file = app_.get_config_ptr()->as<std::string>();
    return CLI::ConfigError(fmt::format("configuration file {}: {}", file, what));
  }

  const CLI::App& find_command(const ConfigEntry& entry) const {
    const CLI::App* command = &app_;
    for (const std::string& table : entry.tables) {
      const auto found = command->get_subcommands(
          [&](const CLI::App* child) { return child->get_name() == table; });
      if (found.empty()) {
        throw refuse(fmt::format("line {}: unknown table '{}'", entry.line, table));
      }
      command = found.front();
    }
    return *command;
  }

  const CLI::Option& find_option(const ConfigEntry& entry) const {
    const CLI::App& command = find_command(entry);
    const CLI::Option* option = command.get_option_no_throw("--" + entry.key);
    if (option && option->get_configurable()) return *option;
    throw refuse(fmt::format("line {}: unknown key '{}'{}", entry.line, entry.key,
                             suggest(command, entry.key, "")));
  }

  CLI::App& app_;
};

void name_options(CLI::App& app, std::string_view program) {
  for (CLI::Option* option : app.get_options()) {
    if (!option->get_configurable() || !option->get_envname().empty()) continue;
    if (option->get_lnames().empty()) continue;
    option->envname(environment_name(program, option->get_lnames().front()));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    name_options(*command, program);
  }
}

// The sub-command that was asked for, or the program itself.
const CLI::App& find_selected(const CLI::App& app) {
  const auto selected = app.get_subcommands();
  return selected.empty() ? app : find_selected(*selected.front());
}

}  // namespace

void name_environment(CLI::App& app) { name_options(app, app.get_name()); }

void accept_config(CLI::App& app) {
  app.set_config("--config", "", "Read options from this TOML file")->type_name("FILE");
  app.config_formatter(std::make_shared<ConfigReader>(app));
}

std::vector<std::string> gather_arguments(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + std::max(argc, 1));
  const auto is_config = [](const std::string& argument) {
    return argument == "--config" || argument.starts_with("--config=");
  };
  const std::string variable = environment_name(app.get_name(), "config");
  if (is_set(variable) && std::none_of(arguments.begin(), arguments.end(), is_config)) {
    arguments.insert(arguments.begin(), fmt::format("--config={}", std::getenv(variable.c_str())));
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

std::string describe_usage(const CLI::App& app, const CLI::ParseError& error) {
  // By type: CLI11 gives this error the name of the program.
  const auto extras = app.remaining(true);
  if (!dynamic_cast<const CLI::ExtrasError*>(&error) || extras.empty()) return error.what();
  const auto extra = std::find_if(extras.begin(), extras.end(),
                                  [](const std::string& word) { return word.starts_with("--"); });
  if (extra == extras.end() || extra->size() == 2) {
    return fmt::format("unexpected argument '{}'", extras.front());
  }
  const std::string flag = extra->substr(2, extra->find('=') - 2);
  return fmt::format("unknown option '--{}'{}", flag, suggest(find_selected(app), flag, "--"));
}

}  // namespace obs::app
