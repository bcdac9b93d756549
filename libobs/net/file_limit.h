// How many files and sockets this process may have open.

#pragma once

#include <cstddef>

namespace obs::net {

// Asks for so many more, as far as the hard limit goes. Each server asks for its connections, so
// that one whose connections are all taken leaves the others, and the store, what they need.
void allow_more_files(std::size_t more);

}  // namespace obs::net
