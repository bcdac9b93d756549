// The sub-commands. Each answers with the exit code of the program.

#pragma once

#include "cmd/obs-query/answer.h"

namespace obs::ask {

Result<int> run_sql(const QueryOptions& options, Interrupts& interrupts);
Result<int> run_records(const QueryOptions& options, model::Signal signal, Interrupts& interrupts);
Result<int> run_pipe(const QueryOptions& options, Interrupts& interrupts);
Result<int> run_trace(const QueryOptions& options, Interrupts& interrupts);
Result<int> run_summary(const QueryOptions& options, Interrupts& interrupts);

}  // namespace obs::ask
