#include "libobs/app/store_options.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/clock.h"
#include "libobs/base/text.h"
#include "libobs/query/sql_compile.h"
#include "libobs/store/care.h"
#include "libobs/store/duckdb.h"

namespace obs::app {
namespace {

Result<Duration> parse_option(std::string_view name, const std::string& text, Duration least) {
  const auto duration = parse_duration(text);
  if (duration && *duration >= least) return *duration;
  return fail(Errc::kInvalidArgument,
              fmt::format("{} {}: not a duration of at least {}, such as 10s", name, text,
                          to_duration_text(least)));
}

// What a stranger's condition may be: an SQL expression without side effects, over columns. One
// that names none is about every record or about none, and never meant.
Result<std::string> compile_condition(const std::string& given) {
  OBS_TRY(const auto database, store::Database::open({1, "", ""}));
  OBS_TRY(const auto connection, database->connect());
  OBS_TRY(const auto compiled, query::compile_expression(*connection, given, system_clock().now()));
  if (!connection->execute("SELECT (" + compiled.sql + ")")) return compiled.sql;
  return fail(Errc::kInvalidArgument,
              fmt::format("{}: names no column, so that it is about every record or none; leave "
                          "where out if every record is meant",
                          given));
}

Result<store::RetainPolicy> parse_policy(const std::string& text) {
  OBS_TRY(store::RetainPolicy policy, store::parse_retain_policy(text));
  std::string& condition = policy.choice.condition;
  if (!condition.empty()) {
    OBS_TRY(condition, compile_condition(condition));
  }
  return policy;
}

}  // namespace

void StoreOptions::declare(CLI::App& app) {
  app.add_option("--flush-age", flush_age,
                 "Write a part of a store when the oldest record has waited so long (default 10s)")
      ->type_name("DURATION");
  app.add_option("--dedup-window", dedup_window,
                 "Store a batch that comes twice within this time once (default 10m)")
      ->type_name("DURATION");
  app.add_option("--retain", retain,
                 "Keep records of a store so long, or so much of them: 30d, 100GB, logs=7d,\n"
                 "\"logs=7d where service = 'checkout'\"; repeat it for several")
      ->allow_extra_args(false)
      ->type_name("LIMIT");
}

Result<void> StoreOptions::apply(store::WriterOptions& writer) const {
  OBS_TRY(writer.flush_age, parse_option("--flush-age", flush_age, kMillisecond));
  OBS_TRY(writer.dedup_window, parse_option("--dedup-window", dedup_window, 0));
  for (const std::string& limit : retain) {
    auto policy = parse_policy(limit);
    if (!policy) return fail(std::move(policy).error().during("--retain"));
    writer.retain.push_back(*std::move(policy));
  }
  auto settled = store::settle_policies(writer.retain);
  if (!settled) return fail(std::move(settled).error().during("--retain"));
  return {};
}

}  // namespace obs::app
