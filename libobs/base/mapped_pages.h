// What of a program is mapped into memory.

#pragma once

namespace obs {

// Lets go of the pages of the program and its libraries that are mapped from their files unchanged.
// Starting touches many that are never needed again, such as those of options and tables; what is
// needed comes back from the page cache, at the cost of a minor fault.
void release_file_pages() noexcept;

}  // namespace obs
