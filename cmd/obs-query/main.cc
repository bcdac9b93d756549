// obs-query(1): ask a store, once or for as long as records come.

#include "cmd/obs-query/commands.h"

namespace obs::ask {
namespace {

Result<int> run_command(const QueryOptions& options, Interrupts& interrupts) {
  if (options.command == "sql") return run_sql(options, interrupts);
  if (options.command == "pipe") return run_pipe(options, interrupts);
  if (options.command == "trace") return run_trace(options, interrupts);
  if (options.command == "services" || options.command == "operations" ||
      options.command == "edges") {
    return run_summary(options, interrupts);
  }
  for (const model::Signal signal : model::kSignals) {
    if (options.command == model::to_string(signal)) {
      return run_records(options, signal, interrupts);
    }
  }
  return fail(Errc::kInternal, "a sub-command that was declared is not known");
}

// A query that was stopped by Ctrl-C fails; that is no news to whoever pressed it.
Result<int> ask(const QueryOptions& options) {
  Interrupts interrupts;
  auto code = run_command(options, interrupts);
  return interrupts.requested() ? interrupts.exit_code() : code;
}

}  // namespace
}  // namespace obs::ask

int main(int argc, char** argv) {
  auto words = obs::ask::name_command(argc, argv);
  return obs::app::run<obs::ask::QueryOptions>(static_cast<int>(words.size()), words.data(),
                                               obs::ask::ask);
}
