// Words for writing the table of operations; for its parts alone.

#pragma once

#include "cmd/obs-sim/operation.h"

namespace obs::sim {

constexpr Operation Operation::spreading(double value) const {
  Operation copy = *this;
  copy.spread = value;
  return copy;
}

constexpr Operation Operation::failing(double rate, Failure how) const {
  Operation copy = *this;
  copy.failure_rate = rate;
  copy.failure = how;
  return copy;
}

constexpr Operation Operation::missing(double rate) const {
  Operation copy = *this;
  copy.miss_rate = rate;
  return copy;
}

constexpr Operation Operation::with_fields(std::span<const Field> value) const {
  Operation copy = *this;
  copy.fields = value;
  return copy;
}

constexpr Operation Operation::calling(std::span<const Step> value) const {
  Operation copy = *this;
  copy.steps = value;
  return copy;
}

constexpr Operation Operation::logging(std::span<const LogLine> value) const {
  Operation copy = *this;
  copy.lines = value;
  return copy;
}

constexpr std::string_view before(std::string_view text, char separator) {
  return text.substr(0, text.find(separator));
}
constexpr std::string_view after(std::string_view text, char separator) {
  return text.substr(text.find(separator) + 1);
}

// `name` is "METHOD route".
constexpr Operation http(Op op, Service service, std::string_view name, double ms) {
  return {op, OpKind::kHttpServer, service,         Failure::kNone, name,
          ms, before(name, ' '),   after(name, ' ')};
}

// `name` is "package.Service/Method".
constexpr Operation rpc(Op op, Service service, std::string_view name, double ms) {
  return {op, OpKind::kRpcServer, service,          Failure::kNone, name,
          ms, after(name, '/'),   before(name, '/')};
}

// `name` is "COMMAND table".
constexpr Operation postgres(Op op, Service service, std::string_view name, double ms,
                             std::string_view statement) {
  return {op, OpKind::kPostgres, service,          Failure::kNone, name,
          ms, before(name, ' '), after(name, ' '), statement};
}

constexpr Operation redis(Op op, Service service, std::string_view name, std::string_view key,
                          double ms) {
  return {op, OpKind::kRedis, service, Failure::kNone, name, ms, before(name, ' '), key};
}

constexpr Operation third_party(Op op, Service service, std::string_view host,
                                std::string_view path, double ms) {
  return {op, OpKind::kThirdParty, service, Failure::kNone, "POST", ms, "POST", host, path};
}

// `name` is "send topic" and "process topic".
constexpr Operation producer(Op op, Service service, std::string_view name, double ms) {
  return {op, OpKind::kProducer, service,         Failure::kNone, name,
          ms, before(name, ' '), after(name, ' ')};
}
constexpr Operation consumer(Op op, Service service, std::string_view name, double ms) {
  return {op, OpKind::kConsumer, service,         Failure::kNone, name,
          ms, before(name, ' '), after(name, ' ')};
}

constexpr Operation internal(Op op, Service service, std::string_view name, double ms) {
  return {op, OpKind::kInternal, service, Failure::kNone, name, ms};
}

}  // namespace obs::sim
