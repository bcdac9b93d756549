// What of the machine can be wrong: ports, the clock, limits.

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cmd/obs/doctor.h"
#include "cmd/obs/process.h"
#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/net/listen_address.h"
#include "libobs/net/loop.h"

namespace obs::suite {
namespace {

// The connections that obs-ingest takes at most, and room for its files.
constexpr rlim_t kFilesWanted = 10'200;
// A daemon under full load, with queries.
constexpr std::uint64_t kMemoryWanted = 768 * kMiB;
// This was written after it; a clock that says less was never set.
constexpr Timestamp kEarliest = 1'750'000'000 * kSecond;

Result<void> try_bind(const std::string& text) {
  OBS_TRY(const auto address, net::parse_listen_address(text));
  net::Loop loop;
  OBS_TRY(const sockaddr_storage bytes, net::resolve(loop.raw(), address));
  const Descriptor socket(::socket(bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // As the server does it: a port that was in use a moment ago is free.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const socklen_t size = bytes.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&bytes), size) != 0) {
    return fail_errno(errno, "listen on " + text);
  }
  return {};
}

}  // namespace

void check_port(const std::string& address, const Report& report) {
  const auto bound = try_bind(address);
  if (bound) return report(Verdict::kOk, address + " is free for obs-ingest");
  report(Verdict::kFail, bound.error().message + "; if that is obs-ingest itself, all is well");
}

void check_clock(const Report& report) {
  const Timestamp now = system_clock().now();
  if (now < kEarliest) {
    return report(Verdict::kFail, "the clock says " + to_rfc3339(now) + ": it was never set");
  }
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    return report(Verdict::kWarn,
                  "the kernel does not know the clock as synchronised: times of other machines may "
                  "not fit; run an NTP client");
  }
  report(Verdict::kOk, "the clock is synchronised");
}

void check_limits(const Report& report) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max < kFilesWanted) {
    report(Verdict::kWarn, fmt::format("{} open files allowed: connections beyond about that many "
                                       "will be refused; raise the hard limit to {}",
                                       files.rlim_max, kFilesWanted));
  } else {
    report(Verdict::kOk, fmt::format("{} open files allowed", files.rlim_max));
  }
  struct sysinfo machine {};
  ::sysinfo(&machine);
  const std::uint64_t memory = std::uint64_t{machine.totalram} * machine.mem_unit;
  report(memory < kMemoryWanted ? Verdict::kWarn : Verdict::kOk,
         fmt::format("{:.1f} GiB of memory, {} processors",
                     static_cast<double>(memory) / static_cast<double>(kGiB),
                     ::sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace obs::suite
