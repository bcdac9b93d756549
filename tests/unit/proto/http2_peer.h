// For tests: the client's side of an HTTP/2 connection, frame by frame, so that it can say what no
// real client would; and what the server said, a line a frame.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include "libobs/proto/http2_session.h"

namespace obs::proto::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9
};
enum FrameFlag : std::uint8_t { kNone = 0, kAck = 1, kEndStream = 1, kEndHeaders = 4 };

inline std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  return number(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
         number(stream, 4) + std::string(payload);
}

// A string of HPACK, as it is.
inline std::string hpack_string(std::string_view text) {
  std::string out;
  std::size_t size = text.size();
  if (size < 127) {
    out += static_cast<char>(size);
  } else {
    out += '\x7F';
    for (size -= 127; size >= 128; size >>= 7) out += static_cast<char>(size | 0x80);
    out += static_cast<char>(size);
  }
  return out.append(text);
}

// Literal fields that enter no table.
inline std::string hpack(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += '\0' + hpack_string(name) + hpack_string(value);
  return out;
}

inline Fields request_fields(std::string_view method, std::string_view path, Fields more = {}) {
  Fields fields = {{":method", std::string(method)},
                   {":scheme", "http"},
                   {":authority", "a"},
                   {":path", std::string(path)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline std::string greeting() {
  return std::string(kHttp2Preface) + frame(kSettings, kNone, 0, "");
}

inline std::string get(std::uint32_t stream, std::string_view path, Fields more = {}) {
  return frame(kHeaders, kEndStream | kEndHeaders, stream,
               hpack(request_fields("GET", path, std::move(more))));
}

inline std::string open_post(std::uint32_t stream, std::string_view path, Fields more = {}) {
  return frame(kHeaders, kEndHeaders, stream, hpack(request_fields("POST", path, std::move(more))));
}

inline std::string data(std::uint32_t stream, std::string_view bytes, bool last = false) {
  return frame(kData, last ? kEndStream : kNone, stream, bytes);
}

inline std::string post(std::uint32_t stream, std::string_view path, std::string_view body) {
  return open_post(stream, path) + data(stream, body, true);
}

// Reads what the server writes.
class Http2Reader {
 public:
  Http2Reader() { nghttp2_hd_inflate_new(&inflater_); }
  ~Http2Reader() { nghttp2_hd_inflate_del(inflater_); }
  Http2Reader(const Http2Reader&) = delete;
  Http2Reader& operator=(const Http2Reader&) = delete;

  // "1 200", "1 data 5 end", "1 {grpc-status=0} end", "reset 1 7", "goaway 0", "ping ack"…; the
  // first SETTINGS, their ack and the connection's first window are left out.
  std::vector<std::string> read(std::string_view bytes) {
    std::vector<std::string> lines;
    while (bytes.size() >= 9) {
      const std::size_t size = to_number(bytes.substr(0, 3));
      const auto type = static_cast<std::uint8_t>(bytes[3]);
      const auto flags = static_cast<std::uint8_t>(bytes[4]);
      const std::size_t stream = to_number(bytes.substr(5, 4));
      const std::string_view payload = bytes.substr(9, size);
      bytes.remove_prefix(9 + size);
      std::string line = describe(type, flags, stream, payload);
      if (!line.empty()) lines.push_back(std::move(line));
    }
    return lines;
  }

  std::string body;  // Of all streams.

 private:
  static std::size_t to_number(std::string_view bytes) {
    std::size_t out = 0;
    for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
    return out;
  }

  std::string describe(std::uint8_t type, std::uint8_t flags, std::size_t stream,
                       std::string_view payload) {
    const std::string end = (flags & kEndStream) != 0 ? " end" : "";
    switch (type) {
      case kHeaders: return fmt::format("{}{}{}", stream, inflate(payload), end);
      case kData: body += payload; return fmt::format("{} data {}{}", stream, payload.size(), end);
      case kReset: return fmt::format("reset {} {}", stream, to_number(payload));
      case kSettings: return "";
      case kPing: return (flags & kAck) != 0 ? "ping ack" : "ping";
      case kGoaway: return fmt::format("goaway {}", to_number(payload.substr(4, 4)));
      case kWindowUpdate:
        if (stream == 0 && !std::exchange(greeted_, true)) return "";
        return fmt::format("window {} {}", stream, to_number(payload));
      default: return fmt::format("frame {}", type);
    }
  }

  // The status alone; the fields of trailers.
  std::string inflate(std::string_view block) {
    std::string status;
    std::string fields;
    while (true) {
      nghttp2_nv field{};
      int flags = 0;
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(block.data());
      const ssize_t taken =
          nghttp2_hd_inflate_hd2(inflater_, &field, &flags, bytes, block.size(), 1);
      if (taken < 0) return " {broken}";
      block.remove_prefix(static_cast<std::size_t>(taken));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        const std::string_view name(reinterpret_cast<char*>(field.name), field.namelen);
        const std::string_view value(reinterpret_cast<char*>(field.value), field.valuelen);
        if (name == ":status") status = value;
        if (name.starts_with("grpc-")) fields += fmt::format(" {{{}={}}}", name, value);
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.empty()) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return (status.empty() ? "" : " " + status) + fields;
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  bool greeted_ = false;
};

}  // namespace obs::proto::test
