#include "libobs/net/listen_address.h"

#include <cstring>
#include <optional>

#include <netinet/in.h>
#include <unistd.h>

#include <fmt/format.h>
#include <uv.h>

#include "libobs/base/text.h"
#include "libobs/net/handle.h"

namespace obs::net {
namespace {

Failure<Error> refuse(std::string_view text, std::string_view why) {
  return fail(Errc::kInvalidArgument,
              fmt::format("address '{}': {}; write HOST:PORT, [IPV6]:PORT or :PORT", text, why));
}

std::optional<sockaddr_storage> read_numeric(const std::string& host, int port) {
  sockaddr_storage storage{};
  if (uv_ip4_addr(host.c_str(), port, reinterpret_cast<sockaddr_in*>(&storage)) == 0)
    return storage;
  storage = {};
  if (uv_ip6_addr(host.c_str(), port, reinterpret_cast<sockaddr_in6*>(&storage)) == 0)
    return storage;
  return std::nullopt;
}

bool has_ipv6() {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, "it has no port");
  std::string_view host = text.substr(0, colon);
  const auto port = parse_uint(text.substr(colon + 1));
  if (!port || *port > 65535) return refuse(text, "its port is not a number up to 65535");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!read_numeric(std::string(host), 0)) return refuse(text, "that is no IPv6 address");
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return refuse(text, "an IPv6 address goes in brackets");
  }
  return ListenAddress{std::string(host), static_cast<int>(*port)};
}

Result<sockaddr_storage> resolve(uv_loop_s* loop, const ListenAddress& address) {
  const bool any = address.host.empty();
  const std::string host = !any ? address.host : has_ipv6() ? "::" : "0.0.0.0";
  if (auto numeric = read_numeric(host, address.port)) return *numeric;

  uv_getaddrinfo_t request{};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const std::string service = std::to_string(address.port);
  const int status = uv_getaddrinfo(loop, &request, nullptr, host.c_str(), service.c_str(), &hints);
  if (status != 0)
    return fail(Errc::kInvalidArgument,
                fmt::format("look up host '{}': {}", host, uv_strerror(status)));
  sockaddr_storage storage{};
  std::memcpy(&storage, request.addrinfo->ai_addr, request.addrinfo->ai_addrlen);
  uv_freeaddrinfo(request.addrinfo);
  return storage;
}

std::string to_text(const sockaddr_storage& address) {
  char name[INET6_ADDRSTRLEN] = "?";
  if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    uv_ip6_name(v6, name, sizeof name);
    return fmt::format("[{}]:{}", name, ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
  uv_ip4_name(v4, name, sizeof name);
  return fmt::format("{}:{}", name, ntohs(v4->sin_port));
}

}  // namespace obs::net
