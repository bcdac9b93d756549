// obs-query sql: one SELECT of the user's.

#include <iterator>

#include <fmt/format.h>

#include "cmd/obs-query/commands.h"
#include "libobs/base/fs.h"

namespace obs::ask {
namespace {

constexpr Duration kDefaultTimeout = 5 * kMinute;

Result<std::string> read_stdin() {
  std::string text;
  char block[4096];
  while (const std::size_t size = std::fread(block, 1, sizeof block, stdin)) {
    text.append(block, size);
    if (text.size() > query::kMaxSqlBytes) break;  // Refused for its size later.
  }
  if (std::ferror(stdin) != 0) return fail(Errc::kIo, "read the statement from stdin");
  return text;
}

Result<std::string> find_statement(const QueryOptions& options) {
  if (options.statement.empty() == options.file.empty()) {
    return fail(Errc::kInvalidArgument, "sql needs one statement: as an argument, or with --file");
  }
  if (options.statement == "-" || options.file == "-") return read_stdin();
  if (options.file.empty()) return options.statement;
  return system_fs().read_file(options.file);
}

}  // namespace

Result<int> run_sql(const QueryOptions& options, Interrupts& interrupts) {
  OBS_TRY(const std::string given, find_statement(options));
  Answer answer(options, interrupts);
  OBS_TRY_VOID(answer.open(kDefaultTimeout));
  OBS_TRY_VOID(answer.reader().refresh());
  OBS_TRY(const std::string sql, answer.reader().compile(given));
  auto renderer = tui::make_renderer(answer.format(), answer.render_options());
  OBS_TRY(const std::uint64_t rows,
          answer.show(sql, given, std::move(renderer), answer.limit_or_default(options.sql_limit)));
  return answer.judge(sql, rows);
}

}  // namespace obs::ask
