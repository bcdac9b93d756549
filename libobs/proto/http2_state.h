// The inside of an Http2Session; for http2_*.cc.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <nghttp2/nghttp2.h>

#include "libobs/proto/http2_memory.h"
#include "libobs/proto/http2_session.h"

namespace obs::proto {

// One request and its answer. It lives until nghttp2 has closed the stream and the handler has
// answered, whichever comes last.
struct Http2Stream {
  enum class Stage {
    kHead,      // Its headers are coming in,
    kBody,      // its body is,
    kOpen,      // it is told piece by piece, and answered so,
    kHandled,   // the handler has it,
    kAnswered,  // the answer is whole, perhaps not sent; what still comes of the body is dropped.
  };

  std::int32_t id = 0;
  Stage stage = Stage::kHead;
  Http2Head head;
  HttpRequest request;
  std::size_t charged = 0;  // To the budget.
  std::size_t held = 0;     // Of its body, while the handler has it.
  std::size_t skipped = 0;
  bool head_only = false;
  bool input_done = false;
  bool closed = false;  // For nghttp2.

  bool begun = false;  // The answer's headers are submitted.
  bool last = false;   // Nothing will be added to `output`.
  std::string output;
  std::size_t sent = 0;  // Of `output`.
  HttpHeaders trailers;

  // At ticks.
  bool timed = false;
  Duration began = 0;
  Duration moved = 0;
  std::size_t seen = 0;
};

class Http2Session::State {
 public:
  using Stage = Http2Stream::Stage;

  State(HttpSessionHandler& told, MemoryBudget& shared, Http2SessionLimits bounds);
  ~State();

  // http2_receive.cc
  void feed(Bytes bytes);
  void tick(Duration now);

  // http2_send.cc
  void answer(Http2Stream& stream, HttpResponse response);
  void begin_answer(Http2Stream& stream, HttpResponse head);
  void send(Http2Stream& stream, std::string_view bytes);
  void take(Http2Stream& stream, std::size_t bytes);
  void refuse(Http2Stream& stream, int status, std::string_view why);
  void reset(Http2Stream& stream, std::uint32_t error);
  std::string take_output();

  Http2Stream* find(std::uint64_t ticket);
  void finish();

  HttpSessionHandler& handler;
  MemoryBudget& budget;
  const Http2SessionLimits limits;
  Http2Memory memory;  // Asleep only while there are no streams.
  nghttp2_session* session = nullptr;
  std::unordered_map<std::int32_t, std::unique_ptr<Http2Stream>> streams;
  const HttpPeer* peer = nullptr;  // Set before anything is fed.

  std::size_t handled = 0;     // Streams in kHandled, those that the peer gave up included.
  std::size_t open = 0;        // Streams in kOpen.
  std::uint64_t received = 0;  // See ServerSession::received().
  bool greeted = false;        // The preface and the first SETTINGS have come.
  bool in_head = false;        // A header block is incomplete.
  bool input_over = false;
  bool broken = false;  // nghttp2 has given up: nothing more can be read or written.

 private:
  friend struct Http2Callbacks;

  void submit_settings();
  Http2Stream& add_stream(std::int32_t id);
  void begin_request(Http2Stream& stream);
  void end_input(Http2Stream& stream);
  int add_data(Http2Stream& stream, std::string_view bytes);
  void add_to_body(Http2Stream& stream, std::string_view bytes);
  void skip(Http2Stream& stream, std::size_t bytes);
  void on_frame(const nghttp2_frame& frame);
  void on_close(std::int32_t id);
  void on_begin_frame(const nghttp2_frame_hd& head);

  void check_stream(Http2Stream& stream, Duration now);
  void check_silence(Duration now, bool was_heard);

  void set_output(Http2Stream& stream, std::string body);
  void submit_head(Http2Stream& stream, const HttpResponse& response, bool with_body);
  ssize_t read_output(Http2Stream& stream, char* out, std::size_t room, std::uint32_t& flags);

  void charge(Http2Stream& stream, std::size_t bytes);
  void release(Http2Stream& stream);
  void credit_connection(std::size_t bytes);
  void pay_credit();

  std::size_t held = 0;    // Bytes of bodies that the handler has.
  std::size_t owed = 0;    // Bytes whose credit the peer has not got back.
  std::size_t unsent = 0;  // Bytes of bodies of answers that wait for a window.
  std::size_t idle_frames = 0;
  bool heard = false;  // Since the last tick.
  bool asked = false;  // A PING of ours is under way.
  Duration heard_at = 0;
};

}  // namespace obs::proto
