// Datagrams on the loop. UDP knows no refusal: what nobody takes in time the kernel drops, and this
// says how many.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <sys/socket.h>

#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/net/loop.h"

namespace obs::net {

// Loop thread only.
class UdpListener {
 public:
  // A datagram, valid during the call, and its sender. `truncated` says that it was longer.
  using OnDatagram =
      std::function<void(std::string_view bytes, const sockaddr& peer, bool truncated)>;

  // As HttpServer::listen(). Asks the kernel for room for a burst. On /metrics as
  // obs_net_udp_datagrams_received_total, obs_net_udp_bytes_received_total and
  // obs_net_udp_datagrams_dropped (by the kernel, for want of room, as far as it tells). The
  // registry and the loop outlive the listener.
  static Result<std::unique_ptr<UdpListener>> listen(Loop& loop, std::string_view address,
                                                     Registry& registry, OnDatagram on_datagram);
  virtual ~UdpListener() = default;

  virtual std::string address() const = 0;  // As bound.
};

// "192.0.2.7", "::1": the address without its port; IPv4 in IPv6's clothes as IPv4.
std::string host_text(const sockaddr& address);

}  // namespace obs::net
