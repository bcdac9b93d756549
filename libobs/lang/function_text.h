// What functions of the language do to text: characters, URLs, networks, times for people. Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/base/regex.h"

namespace obs::lang {

std::int64_t count_characters(std::string_view text);
// Characters from `start` on, from the end when negative.
std::string_view cut_characters(std::string_view text, std::int64_t start, std::int64_t count);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
// Every match of the regular expression, or only the first; "\1" in `to` is the first group.
std::string replace_matches(const Regex& regex, std::string_view text, std::string_view to,
                            bool once);
// A JSON array of the parts; an empty separator parts nothing.
std::string split_to_json(std::string_view text, std::string_view separator);
std::optional<std::string_view> split_part(std::string_view text, std::string_view separator,
                                           std::size_t index);

// "1.5k"; with unit "B" "1.46KiB"; with "ns" "1.25ms".
std::string humanize_number(double number, std::string_view unit);
// By strftime's letters, in UTC. %f is nanoseconds.
std::string format_utc(Timestamp time, std::string_view format);

// Whether this is a network such as "10.0.0.0/8", or an address alone.
bool is_network(std::string_view network);
// Whether the IPv4 or IPv6 address lies in the network. False for what is neither. An IPv4 address
// that is written as IPv6, ::ffff:10.0.0.1, is the same address.
bool matches_network(std::string_view address, std::string_view network);

// Parts of "scheme://user@host:port/path?query#fragment", views into it; null data() when absent.
std::string_view url_scheme(std::string_view url);
std::string_view url_host(std::string_view url);
std::string_view url_path(std::string_view url);
// The first query parameter of that name, percent-decoded.
std::optional<std::string> url_parameter(std::string_view url, std::string_view name);

}  // namespace obs::lang
