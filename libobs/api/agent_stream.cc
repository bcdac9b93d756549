#include "libobs/api/agent_stream.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/codec/agent_batch.h"

namespace obs::api {

using proto::GrpcCode;

AgentStream::AgentStream(GrpcCall call, proto::HttpRequest head, net::HttpReply reply,
                         Forward forward, OnBroken on_broken)
    : call_(call),
      head_(std::move(head)),
      reply_(std::move(reply)),
      forward_(std::move(forward)),
      on_broken_(std::move(on_broken)) {}

void AgentStream::on_data(std::string_view bytes) {
  if (ended_ || draining_) return;
  input_ += bytes;
  read();
}

// Takes what is whole and may be taken now.
void AgentStream::read() {
  if (std::exchange(reading_, true)) return;  // Answered at once, from inside take().
  std::string_view rest = input_;
  while (!ended_ && !draining_ && pending_.size() < kMaxAgentPending) {
    const std::size_t before = rest.size();
    const auto message = proto::next_grpc_message(rest, kMaxAgentMessage);
    if (!message) {
      const bool too_long = message.error().code == Errc::kLimitExceeded;
      refuse(answer_grpc_error(too_long ? GrpcCode::kResourceExhausted : GrpcCode::kInternal,
                               too_long ? "a batch is at most 512 KiB" : message.error().what),
             rest.size());
    }
    if (!message || !*message || !take(**message, before - rest.size())) break;
  }
  input_.erase(0, input_.size() - rest.size());
  reading_ = false;
  end_if_done();
}

// False when that was the end of the stream.
bool AgentStream::take(const proto::GrpcMessage& message, std::size_t bytes) {
  auto batch = inflate_message(call_, message, kMaxAgentBatch);
  if (!batch) return refuse(batch.error(), bytes), false;
  auto head = codec::read_agent_head(*batch);
  if (!head)
    return refuse(answer_grpc_error(GrpcCode::kInvalidArgument, head.error().what), bytes), false;
  if (head->sequence <= last_sequence_) {
    refuse(answer_grpc_error(GrpcCode::kInvalidArgument,
                             fmt::format("sequence {} after {}: each is above the one before it",
                                         head->sequence, last_sequence_)),
           bytes);
    return false;
  }
  last_sequence_ = head->sequence;
  pending_.push_back({head->sequence, bytes, std::nullopt});

  proto::HttpRequest request = head_;
  if (head->resource.empty()) {
    request.body = resource_ + *batch;
  } else {
    resource_ = std::move(head->resource);
    request.body = std::move(*batch);
  }
  forward_(std::move(request),
           [weak = weak_from_this(), sequence = head->sequence](proto::HttpResponse answer) {
             if (const auto self = weak.lock()) self->settle(sequence, std::move(answer));
           });
  return !ended_;
}

void AgentStream::settle(std::uint64_t sequence, proto::HttpResponse answer) {
  if (ended_) return;
  const auto found = std::lower_bound(
      pending_.begin(), pending_.end(), sequence,
      [](const Pending& pending, std::uint64_t wanted) { return pending.sequence < wanted; });
  if (found == pending_.end() || found->sequence != sequence) return;
  found->answer = std::move(answer);
  acknowledge();
  read();
}

// Answers what has come to rest, and everything before it; a failure when all before it is
// answered.
void AgentStream::acknowledge() {
  while (!ended_ && !pending_.empty() && pending_.front().answer) {
    const Pending done = std::move(pending_.front());
    pending_.pop_front();
    reply_.take(done.bytes);
    if (done.answer->status != 200) {
      proto::HttpResponse failure = *done.answer;
      failure.body = fmt::format("batch {}: {}", done.sequence, failure.body);
      return end(to_grpc(failure));
    }
    const bool more = done.answer->body.empty() && !pending_.empty() && pending_.front().answer &&
                      pending_.front().answer->status == 200;
    if (more) continue;  // The next acknowledgement says it as well.
    reply_.send(proto::frame_grpc_message(codec::encode_agent_acknowledged(done.sequence) +
                                          done.answer->body));
  }
}

void AgentStream::on_end() {
  input_over_ = true;
  end_if_done();
}

void AgentStream::on_drain() {
  draining_ = true;
  end_if_done();
}

void AgentStream::end_if_done() {
  if (ended_ || reading_ || !pending_.empty()) return;
  if (draining_)
    return end(answer_grpc_error(GrpcCode::kUnavailable,
                                 "the server is closing; send again what was not acknowledged",
                                 kSecond));
  if (!input_over_) return;
  if (!input_.empty())
    return refuse(answer_grpc_error(GrpcCode::kInternal, "the stream ended inside a message"),
                  input_.size());
  end(proto::grpc_success(std::nullopt));
}

void AgentStream::refuse(const proto::HttpResponse& refusal, std::size_t bytes) {
  on_broken_(head_, reason_of(refusal), bytes);
  end(refusal);
}

void AgentStream::end(proto::HttpResponse last) {
  if (std::exchange(ended_, true)) return;
  reply_.end(std::move(last));
}

}  // namespace obs::api
