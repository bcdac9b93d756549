// The attributes in a JSON object of the record spelling, one by one, as they are indexed. Pure.
// Internal to libobs/store.

#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace obs::store {

// Calls take(key, text) for each member; nullopt for one whose value has no text in the index
// (index_tokens.h): those that are no strings, integers, true or false. Text that is no such object
// may be taken in part.
void each_json_attribute(
    std::string_view json,
    const std::function<void(std::string_view key, std::optional<std::string_view> text)>& take);

}  // namespace obs::store
