#include "cmd/obs-store/care_options.h"

#include <fmt/format.h>

#include "libobs/places/places.h"

namespace obs::store_command {

CLI::App* CareOptions::declare_command(CLI::App& app, const std::string& name,
                                       const std::string& summary) {
  CLI::App* child = app.add_subcommand(name, summary);
  child->callback([this, name] { command = name; });
  return child;
}

void CareOptions::declare_choice(CLI::App& child, const std::string& verb) {
  child.add_option("--signal", signals, verb + " only logs, spans or metrics")
      ->delimiter(',')
      ->type_name("NAME");
  child.add_option("--service", service, verb + " only records of this service")->type_name("NAME");
  child.add_option("--where", where, verb + " only where this SQL condition holds")
      ->type_name("EXPR");
  child.add_option("--project", project, "Whose records (default: default; retain: all)")
      ->type_name("NAME");
}

void CareOptions::declare_output(CLI::App& child) {
  child.add_option("-o,--output", output, "table, ndjson, json, csv or markdown")
      ->check(CLI::IsMember({"table", "ndjson", "json", "csv", "markdown"}).description(""))
      ->type_name("FORMAT");
}

void CareOptions::declare(CLI::App& app) {
  app.require_subcommand(0, 1);
  const auto with_store = [&](CLI::App* child) {
    child->add_option("store", store, "The store: dir:PATH or a path")
        ->required()
        ->type_name("STORE");
    return child;
  };
  declare_output(*with_store(declare_command(app, "stats", "Show what a store holds")));
  CLI::App* check =
      with_store(declare_command(app, "verify", "Read all of a store, name what is wrong"));
  check->add_flag("--repair", repair, "Set damaged parts aside; make indexes and counts anew");
  declare_output(*check);
  CLI::App* forget =
      with_store(declare_command(app, "forget", "Remove what was set aside as damaged"));
  forget->add_flag("--yes", yes, "Really: nothing brings it back");
  declare_output(*forget);
  declare_output(
      *with_store(declare_command(app, "compact", "Make few large parts of many small ones")));

  CLI::App* retain =
      with_store(declare_command(app, "retain", "Remove what is too old or too much"));
  retain->add_option("--max-age", max_age, "Keep records so long: 30d, 12h…")
      ->type_name("DURATION");
  retain->add_option("--max-bytes", max_bytes, "Keep so much of the newest: 100GB, 20GiB…")
      ->type_name("SIZE");
  declare_choice(*retain, "Remove");
  retain->add_flag("--yes", yes, "Even if --where matches every record");
  declare_output(*retain);

  CLI::App* remove = with_store(declare_command(app, "delete", "Remove records, and prove it"));
  declare_choice(*remove, "Remove");
  remove->add_flag("--yes", yes, "Even if that is every record");
  declare_output(*remove);

  CLI::App* save = with_store(declare_command(app, "backup", "Back a store up into a directory"));
  save->add_option("backup", backup, "The directory of the backup")->required()->type_name("DEST");
  declare_output(*save);
  CLI::App* restore = declare_command(app, "restore", "Make a store of a backup");
  restore->add_option("backup", backup, "The directory of the backup")
      ->required()
      ->type_name("BACKUP");
  declare_output(*with_store(restore));

  CLI::App* take =
      with_store(declare_command(app, "import", "Put the records of files into a store"));
  take->add_option("files", files, "Parquet, ndjson or OTLP, perhaps compressed; - is stdin")
      ->required()
      ->type_name("FILE");
  take->add_option("--signal", signals, "What OTLP protobuf holds, if that cannot be seen")
      ->type_name("NAME");
  take->add_flag("--strict", strict, "Refuse lines that are no JSON, which else become log bodies");
  declare_output(*take);

  CLI::App* give = with_store(declare_command(app, "export", "Write records to a file"));
  give->add_option("--format", format, "ndjson, otlp, otlp-protobuf or parquet (default ndjson)")
      ->check(CLI::IsMember({"ndjson", "otlp", "otlp-protobuf", "parquet"}).description(""))
      ->type_name("FORMAT");
  give->add_option("--to", to, "The file; - is stdout (default)")->type_name("FILE");
  give->add_option("--since", since, "From then on: 1h, 2026-11-22, RFC 3339…")->type_name("TIME");
  give->add_option("--until", until, "Before then")->type_name("TIME");
  declare_choice(*give, "Write");
}

Result<std::string> parse_directory(const std::string& address) {
  if (address.find(':') == std::string::npos) return address;
  OBS_TRY(const places::Address place, places::parse_address(address));
  if (place.scheme == "dir") return place.path;
  return fail(Errc::kInvalidArgument,
              fmt::format("{}: not a directory, such as dir:./data", place.text));
}

Result<std::vector<model::Signal>> parse_signals(const std::vector<std::string>& names) {
  std::vector<model::Signal> signals;
  for (const std::string& name : names) {
    const std::size_t before = signals.size();
    for (const model::Signal signal : model::kSignals) {
      if (model::to_string(signal) == name) signals.push_back(signal);
    }
    if (signals.size() == before) {
      return fail(Errc::kInvalidArgument,
                  fmt::format("--signal {}: not logs, spans or metrics", name));
    }
  }
  return signals;
}

Result<std::optional<Timestamp>> parse_when(std::string_view flag, const std::string& text) {
  if (text.empty()) return std::optional<Timestamp>();
  const auto time = parse_time(text, system_clock().now());
  if (time) return time;
  return fail(Errc::kInvalidArgument, fmt::format("{} {}: not a time such as 15m, 2h, 2026-11-22, "
                                                  "2026-11-22T10:15:30Z or now",
                                                  flag, text));
}

}  // namespace obs::store_command
