// Where to listen: HOST:PORT as people write it, and bound sockets back as text.

#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "libobs/base/result.h"

struct uv_loop_s;

namespace obs::net {

struct ListenAddress {
  std::string host;  // Without brackets; empty: all interfaces.
  int port = 0;      // 0: any free one.
};

// Pure. HOST:PORT, [V6]:PORT or :PORT; a bare V6 address needs its brackets. kInvalidArgument says
// what is wrong.
Result<ListenAddress> parse_listen_address(std::string_view text);

// As bytes for bind(): an address is taken as it is, a name looked up (which may block), no host at
// all is every interface, of IPv6 and IPv4 alike where there is IPv6.
Result<sockaddr_storage> resolve(uv_loop_s* loop, const ListenAddress& address);

// "127.0.0.1:4318", "[::1]:4318".
std::string to_text(const sockaddr_storage& address);

}  // namespace obs::net
