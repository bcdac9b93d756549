// The server's side of one HTTP/2 connection, without its socket, on nghttp2: bytes in, requests to
// a handler, answers in any order.
//
// The peer begins with the connection preface (prior knowledge; no Upgrade). Everything it can make
// us hold is bounded: requests at once (those it gave up count until they are answered, so that
// resetting them buys nothing), header lists, bodies (a budget that all sessions share), frames
// that carry nothing. A body over its limit, or for which there is no room, is answered early; the
// rest of it is dropped. While bodies wait for their answers the connection's window stays shut
// beyond its size, so a slow sink slows its senders down before the budget refuses them.
//
// Pure: no I/O, no clock. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/proto/http.h"
#include "libobs/proto/http2_head.h"
#include "libobs/proto/server_session.h"

namespace obs::proto {

struct Http2SessionLimits {
  Http2HeadLimits head;
  std::size_t body_bytes = 64 * kMiB;  // Above: 413.
  // Requests at once. Beyond, REFUSED_STREAM, which senders retry.
  std::size_t streams = 256;
  // What may be on its way before a WINDOW_UPDATE. The 64 KiB of the standard halve the speed of
  // large exports.
  std::size_t stream_window = kMiB;
  std::size_t connection_window = 4 * kMiB;
  // A refused request's body up to this size is read and dropped; a longer one is reset.
  std::size_t skipped_bytes = kMiB;
  // Frames between two ticks that carry nothing (PING, SETTINGS, resets, empty DATA…), above those
  // that come with requests. Real peers send a few. Above: ENHANCE_YOUR_CALM.
  std::size_t idle_frames = 2000;

  Duration body_timeout = 60 * kSecond;    // A body that does not grow: 408.
  Duration request_timeout = 5 * kMinute;  // From a request's headers to its end: 408.
  // A peer that says nothing while a request of on_open() is under way is asked by PING after half
  // of this time, and given up after all of it.
  Duration silence_timeout = 2 * kMinute;
};

// The bytes an HTTP/2 client begins with.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// What a connection speaks, by its first bytes.
enum class HttpVersion { kUnknown, kHttp1, kHttp2 };  // kUnknown: more bytes, please.
HttpVersion find_http_version(std::string_view first_bytes);

class Http2Session final : public ServerSession {
 public:
  // `handler` and `budget` outlive the session.
  Http2Session(HttpSessionHandler& handler, MemoryBudget& budget, Http2SessionLimits limits = {});
  ~Http2Session() override;
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  void feed(Bytes bytes) override;
  void end_input() override;
  void answer(std::uint64_t ticket, HttpResponse response) override;
  std::string take_output() override;
  void resume() override {}
  void finish() override;
  void time_out() override;
  void tick(Duration now) override;

  bool wants_input() const override;
  bool over() const override;
  bool lingers() const override;

  Phase phase() const override;
  std::size_t body_read() const override { return 0; }
  // Signs of life of a request that on_open() took count too.
  std::uint64_t received() const override;
  std::size_t unanswered() const override;

  void begin_answer(std::uint64_t ticket, HttpResponse head) override;
  void send(std::uint64_t ticket, std::string_view bytes) override;
  void take(std::uint64_t ticket, std::size_t bytes) override;

 private:
  friend struct Http2Callbacks;
  class State;
  const std::unique_ptr<State> state_;
};

}  // namespace obs::proto
