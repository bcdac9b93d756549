// MD5 (RFC 1321), for the one thing it is still good for here: `hashmod` must spread targets as
// Prometheus does, so that both can share a set of shards. Not for secrets.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace obs::scrape {

std::array<std::uint8_t, 16> md5(std::string_view text);

}  // namespace obs::scrape
