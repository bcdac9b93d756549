// Span attributes by the semantic conventions for HTTP, RPC, databases and messaging.

#include <fmt/format.h>

#include "cmd/obs-sim/recorder.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::Value;
using Attributes = std::vector<KeyValue>;

Value copied(Arena& arena, const std::string& text) { return Value::string(arena.copy(text)); }

void append_server(Attributes& out, std::string_view host, int port) {
  out.push_back({"server.address", Value::string(host)});
  out.push_back({"server.port", Value::integer(port)});
}

void append_error_type(Attributes& out, const SpanFacts& facts, int status, int least,
                       Arena& arena) {
  if (facts.refused) {
    out.push_back({"error.type", Value::string(facts.fault.type)});
  } else if (status >= least) {
    out.push_back({"error.type", copied(arena, std::to_string(status))});
  }
}

void append_http(Attributes& out, const SpanFacts& facts, Arena& arena) {
  const Operation& operation = *facts.operation;
  const int status = http_status(operation, facts.fault.failure);
  const std::string_view path = fill_pattern(operation.target, *facts.visit, arena);
  const std::string_view host = info(operation.service).name;
  out.push_back({"http.request.method", Value::string(operation.method)});
  if (facts.calling) {
    out.push_back({"url.full", copied(arena, fmt::format("http://{}:8080{}", host, path))});
    append_server(out, host, 8080);
  } else {
    out.push_back({"url.scheme", Value::string("http")});
    out.push_back({"url.path", Value::string(path)});
    out.push_back({"http.route", Value::string(operation.target)});
  }
  if (!facts.calling && operation.service == Service::kFrontend) {
    out.push_back({"client.address", copied(arena, client_address(*facts.visit))});
    out.push_back({"user_agent.original", Value::string(user_agent(*facts.visit))});
  }
  out.push_back({"network.protocol.version", Value::string("1.1")});
  if (!facts.refused) out.push_back({"http.response.status_code", Value::integer(status)});
  append_error_type(out, facts, status, facts.calling ? 400 : 500, arena);
}

void append_rpc(Attributes& out, const SpanFacts& facts) {
  const Operation& operation = *facts.operation;
  out.push_back({"rpc.system", Value::string("grpc")});
  out.push_back({"rpc.service", Value::string(operation.target)});
  out.push_back({"rpc.method", Value::string(operation.method)});
  if (facts.calling) append_server(out, info(operation.service).name, 9090);
  out.push_back({"rpc.grpc.status_code", Value::integer(grpc_code(facts.fault.failure))});
}

void append_database(Attributes& out, const SpanFacts& facts, Arena& arena) {
  const Operation& operation = *facts.operation;
  const bool redis = operation.kind == OpKind::kRedis;
  out.push_back({"db.system.name", Value::string(redis ? "redis" : "postgresql")});
  out.push_back({"db.operation.name", Value::string(operation.method)});
  if (redis) {
    const auto key = fill_pattern(operation.target, *facts.visit, arena);
    out.push_back({"db.query.text", copied(arena, fmt::format("{} {}", operation.method, key))});
    append_server(out, "redis", 6379);
  } else {
    out.push_back({"db.namespace", Value::string("shop")});
    out.push_back({"db.collection.name", Value::string(operation.target)});
    out.push_back({"db.query.text", Value::string(operation.statement)});
    append_server(out, "postgres", 5432);
  }
  if (facts.raised_here) out.push_back({"error.type", Value::string(facts.fault.type)});
}

void append_third_party(Attributes& out, const SpanFacts& facts, Arena& arena) {
  const Operation& operation = *facts.operation;
  const auto url = fmt::format("https://{}{}", operation.target, operation.statement);
  out.push_back({"http.request.method", Value::string(operation.method)});
  out.push_back({"url.full", copied(arena, url)});
  append_server(out, operation.target, 443);
  if (facts.attempt > 1) {
    out.push_back({"http.request.resend_count", Value::integer(facts.attempt - 1)});
  }
  if (facts.fault.failure == Failure::kNone) {
    out.push_back({"http.response.status_code", Value::integer(200)});
  } else {
    out.push_back({"error.type", Value::string(facts.fault.type)});
  }
}

void append_messaging(Attributes& out, const SpanFacts& facts, Arena& arena) {
  const Operation& operation = *facts.operation;
  const bool sends = operation.kind == OpKind::kProducer;
  out.push_back({"messaging.system", Value::string("kafka")});
  out.push_back({"messaging.destination.name", Value::string(operation.target)});
  out.push_back({"messaging.operation.name", Value::string(operation.method)});
  out.push_back({"messaging.operation.type", Value::string(sends ? "send" : "process")});
  out.push_back(
      {"messaging.kafka.message.key", attribute_of(Field::kOrder, *facts.visit, arena).value});
  if (!sends) out.push_back({"messaging.consumer.group.name", Value::string("email")});
}

}  // namespace

int http_status(const Operation& operation, Failure failure) {
  switch (failure) {
    case Failure::kNone: return operation.service == Service::kFrontend ? 200 : 201;
    case Failure::kTimeout: return 504;
    case Failure::kUnavailable:
    case Failure::kExhausted: return 503;
    case Failure::kException: return 500;
    case Failure::kDeclined: return 402;
    case Failure::kUnauthorized: return 401;
  }
  return 500;
}

int grpc_code(Failure failure) {
  switch (failure) {
    case Failure::kNone: return 0;
    case Failure::kTimeout: return 4;        // DEADLINE_EXCEEDED
    case Failure::kExhausted: return 8;      // RESOURCE_EXHAUSTED
    case Failure::kDeclined: return 9;       // FAILED_PRECONDITION
    case Failure::kException: return 13;     // INTERNAL
    case Failure::kUnavailable: return 14;   // UNAVAILABLE
    case Failure::kUnauthorized: return 16;  // UNAUTHENTICATED
  }
  return 2;
}

bool is_refusal(Failure failure) {
  return failure == Failure::kDeclined || failure == Failure::kUnauthorized;
}

void append_span_attributes(Attributes& out, const SpanFacts& facts, Arena& arena) {
  const Operation& operation = *facts.operation;
  switch (operation.kind) {
    case OpKind::kHttpServer: append_http(out, facts, arena); break;
    case OpKind::kRpcServer: append_rpc(out, facts); break;
    case OpKind::kPostgres:
    case OpKind::kRedis: append_database(out, facts, arena); break;
    case OpKind::kThirdParty: append_third_party(out, facts, arena); break;
    case OpKind::kProducer:
    case OpKind::kConsumer: append_messaging(out, facts, arena); break;
    case OpKind::kInternal: break;
  }
  if (facts.calling) return;
  for (const Field field : operation.fields) {
    out.push_back(attribute_of(field, *facts.visit, arena));
  }
}

}  // namespace obs::sim
