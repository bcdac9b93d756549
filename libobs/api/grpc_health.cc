#include "libobs/api/grpc_health.h"

#include <utility>

#include "libobs/api/grpc_call.h"

namespace obs::api {
namespace {

using proto::GrpcCode;

constexpr Duration kWatchPeriod = kSecond;
constexpr std::size_t kMaxQuestion = 4 * kKiB;  // The name of a service.

}  // namespace

proto::HttpResponse answer_health(std::string_view message, const HealthOf& health) {
  const auto service = codec::decode_health_request(message);
  if (!service)
    return answer_grpc_error(GrpcCode::kInvalidArgument, "not a HealthCheckRequest in protobuf");
  const codec::ServingStatus status = health(*service);
  if (status == codec::ServingStatus::kServiceUnknown)
    return answer_grpc_error(GrpcCode::kNotFound, "no such service: " + *service);
  return proto::grpc_success(codec::encode_health_response(status));
}

HealthWatch::HealthWatch(net::Loop& loop, net::HttpReply reply, HealthOf health)
    : loop_(loop), reply_(std::move(reply)), health_(std::move(health)) {}

void HealthWatch::on_data(std::string_view bytes) {
  if (!service_ && input_.size() < kMaxQuestion) input_ += bytes;
  reply_.take(bytes.size());
}

void HealthWatch::on_end() {
  std::string_view rest = input_;
  const auto message = proto::next_grpc_message(rest, kMaxQuestion);
  if (message && *message && !(*message)->compressed)
    service_ = codec::decode_health_request((*message)->payload);
  if (!service_)
    return reply_.end(answer_grpc_error(GrpcCode::kInvalidArgument, "not a HealthCheckRequest"));
  reply_.begin(proto::grpc_head());
  tell();
  timer_ = loop_.every(kWatchPeriod, [this] { tell(); });
}

void HealthWatch::on_drain() {
  reply_.end(answer_grpc_error(GrpcCode::kUnavailable, "the server is closing"));
}

void HealthWatch::tell() {
  const codec::ServingStatus status = health_(*service_);
  if (std::exchange(told_, status) == status) return;
  reply_.send(proto::frame_grpc_message(codec::encode_health_response(status)));
}

}  // namespace obs::api
