// Secrets: where a password or token is really kept.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::places {

// What `spec` stands for: "@FILE" is the file's contents, "exec:COMMAND" what the command prints (a
// client of a password store), anything else itself. One newline at the end is taken off. Fails
// (kInvalidArgument) when the file cannot be read, the command fails, or either gives more than
// 64 KiB; no message repeats the secret. Blocks as long as the command runs.
Result<std::string> resolve_secret(std::string_view spec);

// The value of an environment variable, resolved; empty when it is not set.
Result<std::string> secret_from_environment(const std::string& variable);

}  // namespace obs::places
