// obs-pipe --verify-redaction: proves that lines hold no secret, or names those they hold.

#pragma once

#include "libobs/base/result.h"
#include "libobs/lang/ast.h"
#include "libobs/lang/pump.h"

namespace obs::pipe {

// Prints `FILE:LINE: FIELD: KIND` for the first leak of each line that has one, a hundred at most,
// and how many there were. `program`: its redact stages say what a secret is; without one, all
// detectors do. Lines longer than `max_line` cannot be looked at whole, and so count as leaks.
// The exit status: 0 without leaks, 1 with.
Result<int> verify_redaction(const lang::Program& program, lang::ChunkSource& source,
                             std::size_t max_line);

}  // namespace obs::pipe
