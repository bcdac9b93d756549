// The attributes in a JSON object of the record spelling, one by one, as they are indexed. Pure.
// Internal to libobs/store.

#pragma once

#include <functional>
#include <string_view>

namespace obs::store {

// Calls take(key, text) for each member whose value has a text in the index (index_tokens.h):
// strings, integers, true and false. Text that is no such object may be taken in part.
void each_json_attribute(
    std::string_view json,
    const std::function<void(std::string_view key, std::string_view text)>& take);

}  // namespace obs::store
