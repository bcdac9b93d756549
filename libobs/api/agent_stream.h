// One agent stream: batches of metrics as they come, acknowledged in their order once the sink has
// them (man obs-agent(5)).

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libobs/api/grpc_call.h"
#include "libobs/net/http_server.h"
#include "libobs/proto/http.h"

namespace obs::api {

// A batch as sent, with room for several in the window of a stream; and inflated.
inline constexpr std::size_t kMaxAgentMessage = 512 * kKiB;
inline constexpr std::size_t kMaxAgentBatch = 4 * kMiB;
// Batches taken and not yet acknowledged; the next is read when one of them is.
inline constexpr std::size_t kMaxAgentPending = 256;

// Loop thread only.
class AgentStream final : public net::HttpStream, public std::enable_shared_from_this<AgentStream> {
 public:
  // Takes a batch, as a request of its own, to AgentDoor; on the loop's thread, as its answer.
  using Forward = std::function<void(proto::HttpRequest, net::Respond)>;

  // Told of a message that does not go on: the stream's request, why, and its size.
  using OnBroken = std::function<void(const proto::HttpRequest&, std::string_view, std::size_t)>;

  // `head` is the stream's request: each batch goes on with its headers.
  AgentStream(GrpcCall call, proto::HttpRequest head, net::HttpReply reply, Forward forward,
              OnBroken on_broken);

  void on_data(std::string_view bytes) override;
  void on_end() override;
  void on_drain() override;

 private:
  struct Pending {
    std::uint64_t sequence = 0;
    std::size_t bytes = 0;  // As they came.
    std::optional<proto::HttpResponse> answer;
  };

  void read();
  bool take(const proto::GrpcMessage& message, std::size_t bytes);
  void settle(std::uint64_t sequence, proto::HttpResponse answer);
  void acknowledge();
  void end_if_done();
  void refuse(const proto::HttpResponse& refusal, std::size_t bytes);
  void end(proto::HttpResponse last);

  const GrpcCall call_;
  const proto::HttpRequest head_;
  const net::HttpReply reply_;
  const Forward forward_;
  const OnBroken on_broken_;

  std::string input_;     // A message that is not whole, or waits for its turn.
  std::string resource_;  // The last that was sent.
  std::uint64_t last_sequence_ = 0;
  std::deque<Pending> pending_;
  bool reading_ = false;
  bool input_over_ = false;
  bool draining_ = false;
  bool ended_ = false;
};

}  // namespace obs::api
