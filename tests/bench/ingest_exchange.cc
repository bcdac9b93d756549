#include "tests/bench/ingest_exchange.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <unistd.h>

namespace obs::bench {
namespace {

class Socket {
 public:
  explicit Socket(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  bool is_broken() const { return broken_; }

  // How much of it went out.
  std::size_t send(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size() && !broken_) {
      const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) broken_ = true;
      if (n > 0) sent += static_cast<std::size_t>(n);
    }
    return sent;
  }

  // What has come; empty when nothing has.
  std::string_view receive() {
    const ssize_t n = ::recv(fd_, room_, sizeof room_, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) broken_ = true;
    return {room_, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }

 private:
  const int fd_;
  bool broken_ = false;
  char room_[4096];
};

class Http1Exchange final : public Exchange {
 public:
  Http1Exchange(const IngestRequest& request, int port)
      : request_(request), bytes_(to_http1(request, body_at_)), socket_(port) {}

  int fd() const override { return socket_.fd(); }

  void begin(std::uint64_t number) override {
    stamp(request_, bytes_.data() + body_at_, number);
    sent_ = 0;
    answer_.clear();
  }

  bool advance(Answer& answer) override {
    sent_ += socket_.send(std::string_view(bytes_).substr(sent_));
    while (!is_whole()) {
      const std::string_view bytes = socket_.receive();
      if (bytes.empty()) break;
      answer_ += bytes;
    }
    if (!is_whole()) return socket_.is_broken();
    answer.status = std::stoi(answer_.substr(9, 3));
    answer.says_when = answer_.find("Retry-After: ") != answer_.npos;
    answer.keeps_alive = answer_.find("Connection: close") == answer_.npos;
    // A refusal may come while the body is on its way; the next request begins behind it.
    return sent_ == bytes_.size() || !answer.keeps_alive || socket_.is_broken();
  }

 private:
  bool is_whole() const {
    const std::size_t head = answer_.find("\r\n\r\n");
    if (head == answer_.npos) return false;
    const std::size_t at = answer_.find("Content-Length: ");
    const std::size_t length = at < head ? std::stoul(answer_.substr(at + 16)) : 0;
    return answer_.size() >= head + 4 + length;
  }

  const IngestRequest& request_;
  std::size_t body_at_ = 0;
  std::string bytes_;
  Socket socket_;
  std::size_t sent_ = 0;
  std::string answer_;
};

// Codes of gRPC in HTTP's words.
int to_status(int grpc_status) {
  switch (grpc_status) {
    case 0: return 200;
    case 8: return 429;   // RESOURCE_EXHAUSTED
    case 14: return 503;  // UNAVAILABLE
    default: return 500;
  }
}

class GrpcExchange final : public Exchange {
 public:
  GrpcExchange(const IngestRequest& request, int port)
      : request_(request), body_(request.body), socket_(port) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~GrpcExchange() override { nghttp2_session_del(session_); }
  GrpcExchange(const GrpcExchange&) = delete;
  GrpcExchange& operator=(const GrpcExchange&) = delete;

  int fd() const override { return socket_.fd(); }

  void begin(std::uint64_t number) override {
    stamp(request_, body_.data(), number);
    read_ = 0;
    done_ = false;
    answer_ = {};
    const nghttp2_nv headers[] = {field(":method", "POST"),
                                  field(":scheme", "http"),
                                  field(":path", request_.path),
                                  field(":authority", "bench"),
                                  field("content-type", request_.content_type),
                                  field("te", "trailers")};
    nghttp2_data_provider provider{};
    provider.read_callback = read_body;
    nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &provider, nullptr);
  }

  bool advance(Answer& answer) override {
    for (bool moved = true; moved && !done_ && !socket_.is_broken();) {
      moved = flush();
      const std::string_view bytes = socket_.receive();
      if (bytes.empty()) continue;
      moved = true;
      if (nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size()) < 0)
        throw std::runtime_error("no HTTP/2 came back");
    }
    if (!done_) return socket_.is_broken();
    answer = answer_;
    answer.keeps_alive = nghttp2_session_want_read(session_) != 0;
    return true;
  }

 private:
  static nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  // True when something went out.
  bool flush() {
    bool moved = false;
    for (;;) {
      if (output_.empty()) {
        const std::uint8_t* bytes = nullptr;
        const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
        if (size <= 0) return moved;
        output_.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      }
      const std::size_t sent = socket_.send(output_);
      moved |= sent > 0;
      output_.erase(0, sent);
      if (!output_.empty()) return moved;
    }
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& self = *static_cast<GrpcExchange*>(user);
    const std::size_t size = std::min(room, self.body_.size() - self.read_);
    std::memcpy(out, self.body_.data() + self.read_, size);
    self.read_ += size;
    if (self.read_ == self.body_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    auto& self = *static_cast<GrpcExchange*>(user);
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == "grpc-status") self.answer_.status = to_status(std::stoi(text));
    if (key == "grpc-status-details-bin") self.answer_.says_when = true;
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t, void* user) {
    static_cast<GrpcExchange*>(user)->done_ = true;
    return 0;
  }

  const IngestRequest& request_;
  std::string body_;
  Socket socket_;
  nghttp2_session* session_ = nullptr;
  std::string output_;
  std::size_t read_ = 0;  // Of the body.
  bool done_ = false;
  Answer answer_;
};

}  // namespace

std::unique_ptr<Exchange> open_exchange(const IngestRequest& request, int port) {
  if (request.grpc) return std::make_unique<GrpcExchange>(request, port);
  return std::make_unique<Http1Exchange>(request, port);
}

}  // namespace obs::bench
