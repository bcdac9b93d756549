// The sub-commands of obs-store(1).
//
// None of them catches a signal: what they do to a store may be cut short anywhere, as by kill -9,
// and a writer that works for one stops when its connection goes.

#pragma once

#include "cmd/obs-store/care_options.h"
#include "libobs/base/result.h"

namespace obs::store_command {

// The one that was given.
Result<void> run_care(const CareOptions& options);

Result<void> show_stats(const CareOptions& options);
Result<void> verify(const CareOptions& options);
Result<void> change(const CareOptions& options);
Result<void> back_up(const CareOptions& options);
Result<void> restore(const CareOptions& options);
Result<void> import_files(const CareOptions& options);
Result<void> export_records(const CareOptions& options);

}  // namespace obs::store_command
