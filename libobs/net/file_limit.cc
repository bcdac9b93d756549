#include "libobs/net/file_limit.h"

#include <algorithm>

#include <sys/resource.h>

namespace obs::net {

void allow_more_files(std::size_t more) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  // Not a sum: the limit may be RLIM_INFINITY.
  files.rlim_cur += std::min<rlim_t>(files.rlim_max - files.rlim_cur, more);
  setrlimit(RLIMIT_NOFILE, &files);  // If not: libuv turns away what it has no descriptor for.
}

}  // namespace obs::net
