// What obs-query has to know of the world it prints to.

#pragma once

#include <cstddef>

namespace obs::ask {

// Columns of the terminal on stdout, else $COLUMNS, else 0 for not known.
std::size_t terminal_width();

// True once nobody reads the pipe that descriptor `fd` writes to. Never for a file or a terminal.
bool has_lost_reader(int fd);

}  // namespace obs::ask
