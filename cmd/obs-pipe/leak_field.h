// Which field of a line a byte of it belongs to.

#pragma once

#include <string>
#include <string_view>

namespace obs::pipe {

// The path to the value that holds the byte, such as "attributes.user.email" or "items[2]"; that of
// the object, and "(a name)", when the byte is in a key, which may be the secret itself. "line" for
// what is no JSON object. Nothing of it is a control character; paths are cut at 200 bytes.
std::string find_field_at(std::string_view line, std::size_t offset);

}  // namespace obs::pipe
