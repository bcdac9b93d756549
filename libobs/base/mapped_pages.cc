#include "libobs/base/mapped_pages.h"

#include <cstdint>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace obs {
namespace {

// Segments that are never written: code and constants. What was relocated lies in others.
int release(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void release_file_pages() noexcept { ::dl_iterate_phdr(release, nullptr); }

}  // namespace obs
