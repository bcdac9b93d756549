// SHA-256, by OpenSSL, which is opened when it is first needed.

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "libobs/base/result.h"

namespace obs::net {

using Sha256 = std::array<std::byte, 32>;

// kUnsupported: OpenSSL is not installed. Any thread.
Result<Sha256> sha256(std::string_view text);

}  // namespace obs::net
