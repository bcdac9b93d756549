#include "libobs/net/udp_listener.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/stat.h>

#include <fmt/format.h>
#include <uv.h>

#include "libobs/base/bytes.h"
#include "libobs/base/text.h"
#include "libobs/net/handle.h"
#include "libobs/net/listen_address.h"

namespace obs::net {
namespace {

// The longest datagram there is, and as many of them as one call of recvmmsg brings.
constexpr std::size_t kDatagramBytes = 64 * kKiB;
constexpr std::size_t kDatagrams = 20;
// A burst of ten thousand lines; the kernel grants what net.core.rmem_max allows.
constexpr int kSocketBytes = static_cast<int>(8 * kMiB);

// The column `drops` of the socket's line in /proc/net/udp; 0 when there is no such thing.
double read_drops(unsigned long inode) {
  for (const char* path : {"/proc/self/net/udp", "/proc/self/net/udp6"}) {
    std::ifstream table(path);
    for (std::string line; std::getline(table, line);) {
      std::istringstream words(line);
      std::vector<std::string> columns;
      for (std::string word; words >> word;) columns.push_back(std::move(word));
      if (columns.size() < 13 || columns[9] != fmt::format("{}", inode)) continue;
      return static_cast<double>(parse_uint(columns[12]).value_or(0));
    }
  }
  return 0;
}

struct Socket {
  UdpListener::OnDatagram on_datagram;
  Counter* datagrams = nullptr;
  Counter* bytes = nullptr;
  std::vector<char> room;
};

void on_received(uv_udp_t* udp, ssize_t size, const uv_buf_t* buffer, const sockaddr* peer,
                 unsigned flags) {
  auto* socket = static_cast<Socket*>(udp->data);
  // Without a peer it is libuv's word that the buffers are done with.
  if (socket == nullptr || size <= 0 || peer == nullptr) return;
  socket->datagrams->add();
  socket->bytes->add(static_cast<std::uint64_t>(size));
  socket->on_datagram({buffer->base, static_cast<std::size_t>(size)}, *peer,
                      (flags & UV_UDP_PARTIAL) != 0);
}

void give_room(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  auto* socket = static_cast<Socket*>(handle->data);
  *buffer = uv_buf_init(socket->room.data(), static_cast<unsigned>(socket->room.size()));
}

class Listener final : public UdpListener {
 public:
  Listener(std::unique_ptr<Socket> socket, Handle<uv_udp_t> udp, std::string address)
      : socket_(std::move(socket)), udp_(std::move(udp)), address_(std::move(address)) {}

  std::string address() const override { return address_; }

 private:
  std::unique_ptr<Socket> socket_;
  Handle<uv_udp_t> udp_;  // Goes first: its closing forgets the socket.
  const std::string address_;
};

void watch_drops(uv_udp_t* udp, Registry& registry) {
  int fd = -1;
  struct stat info {};
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(udp), &fd) != 0 || ::fstat(fd, &info) != 0) return;
  registry.gauge_callback("obs_net_udp_datagrams_dropped",
                          "Datagrams that the kernel had no room for.",
                          [inode = info.st_ino] { return read_drops(inode); });
}

}  // namespace

Result<std::unique_ptr<UdpListener>> UdpListener::listen(Loop& loop, std::string_view address,
                                                         Registry& registry,
                                                         OnDatagram on_datagram) {
  OBS_TRY(const ListenAddress wanted, parse_listen_address(address));
  OBS_TRY(const sockaddr_storage resolved, resolve(loop.raw(), wanted));
  const std::string action = "listen on UDP " + to_text(resolved);
  OBS_TRY(auto udp, open_handle<uv_udp_t>(action, [&](uv_udp_t* handle) {
            return uv_udp_init_ex(loop.raw(), handle, AF_UNSPEC | UV_UDP_RECVMMSG);
          }));
  auto socket = std::make_unique<Socket>();
  socket->on_datagram = std::move(on_datagram);
  socket->datagrams =
      &registry.counter("obs_net_udp_datagrams_received_total", "Datagrams received.");
  socket->bytes = &registry.counter("obs_net_udp_bytes_received_total", "Bytes of datagrams.");
  socket->room.resize(kDatagramBytes * kDatagrams);
  udp->data = socket.get();
  int status = uv_udp_bind(udp.get(), reinterpret_cast<const sockaddr*>(&resolved), 0);
  if (status == 0) status = uv_udp_recv_start(udp.get(), give_room, on_received);
  if (status != 0) return fail_uv(status, action);
  int size = kSocketBytes;
  uv_recv_buffer_size(reinterpret_cast<uv_handle_t*>(udp.get()), &size);
  watch_drops(udp.get(), registry);
  sockaddr_storage bound{};
  int length = sizeof bound;
  uv_udp_getsockname(udp.get(), reinterpret_cast<sockaddr*>(&bound), &length);
  return std::unique_ptr<UdpListener>(
      std::make_unique<Listener>(std::move(socket), std::move(udp), to_text(bound)));
}

std::string host_text(const sockaddr& address) {
  char name[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET6) {
    uv_ip6_name(reinterpret_cast<const sockaddr_in6*>(&address), name, sizeof name);
  } else {
    uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&address), name, sizeof name);
  }
  constexpr std::string_view kMapped = "::ffff:";
  const std::string_view text = name;
  return std::string(text.starts_with(kMapped) ? text.substr(kMapped.size()) : text);
}

}  // namespace obs::net
