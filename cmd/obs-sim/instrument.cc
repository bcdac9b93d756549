#include "cmd/obs-sim/instrument.h"

#include <algorithm>
#include <array>
#include <string>

#include "cmd/obs-sim/recorder.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::MetricType;
using model::Value;
using Attributes = std::vector<KeyValue>;

constexpr std::array<InstrumentInfo, kInstrumentCount> kInstruments = {{
    {"http.server.request.duration", "s", "Duration of HTTP server requests.",
     MetricType::kHistogram},
    {"http.server.active_requests", "{request}", "Number of active HTTP server requests.",
     MetricType::kSum, Library::kServer, false},
    {"rpc.server.duration", "ms", "Duration of inbound RPC.", MetricType::kHistogram},
    {"db.client.operation.duration", "s", "Duration of database client operations.",
     MetricType::kExponentialHistogram, Library::kClient},
    {"cache.requests", "{request}", "Lookups in the cache, by result.", MetricType::kSum,
     Library::kApp},
    {"messaging.client.sent.messages", "{message}", "Messages handed to the broker.",
     MetricType::kSum, Library::kClient},
    {"messaging.client.consumed.messages", "{message}", "Messages processed.", MetricType::kSum},
    {"shop.orders.placed", "{order}", "Orders placed.", MetricType::kSum, Library::kApp},
    {"shop.revenue", "1", "Revenue of placed orders, in the currency of the order.",
     MetricType::kSum, Library::kApp, true, false},
    {"shop.payments", "{payment}", "Payments tried, by outcome.", MetricType::kSum, Library::kApp},
    {"shop.cart.items.added", "{item}", "Items put into carts.", MetricType::kSum, Library::kApp},
}};

constexpr std::array<std::string_view, 7> kPaymentOutcomes = {
    "accepted", "timeout", "unavailable", "error", "exhausted", "declined", "unauthorized"};

void append_http(Attributes& out, const Measurement& one, Arena& arena) {
  const Operation& what = operation(one.op);
  out.push_back({"http.request.method", Value::string(what.method)});
  out.push_back({"url.scheme", Value::string("http")});
  if (one.instrument == Instrument::kActiveRequests) return;
  out.push_back({"http.route", Value::string(what.target)});
  out.push_back({"http.response.status_code", Value::integer(one.code)});
  if (one.code < 500) return;
  out.push_back({"error.type", Value::string(arena.copy(std::to_string(one.code)))});
}

void append_database(Attributes& out, const Measurement& one) {
  const Operation& what = operation(one.op);
  const bool redis = what.kind == OpKind::kRedis;
  out.push_back({"db.system.name", Value::string(redis ? "redis" : "postgresql")});
  out.push_back({"db.operation.name", Value::string(what.method)});
  if (!redis) out.push_back({"db.collection.name", Value::string(what.target)});
  if (one.code != 0) out.push_back({"error.type", Value::string("_OTHER")});
}

// Several operations may measure under the same attributes (three SELECTs on one table do): the
// first of them stands for all.
Op representative(Instrument instrument, Op op) {
  using Table = std::array<std::array<Op, kOpCount>, kInstrumentCount>;
  static const Table table = [] {
    Table built{};
    Arena arena;
    for (std::size_t i = 0; i < kInstrumentCount; ++i) {
      std::vector<Attributes> seen;
      for (std::size_t k = 0; k < kOpCount; ++k) {
        Measurement one;
        one.instrument = static_cast<Instrument>(i);
        one.op = static_cast<Op>(k);
        seen.push_back(series_attributes(one, arena));
        const auto first = std::find(seen.begin(), seen.end(), seen.back());
        built[i][k] = static_cast<Op>(first - seen.begin());
      }
    }
    return built;
  }();
  return table[static_cast<std::size_t>(instrument)][static_cast<std::size_t>(op)];
}

}  // namespace

const InstrumentInfo& info(Instrument instrument) {
  return kInstruments[static_cast<std::size_t>(instrument)];
}

std::uint64_t series_key(const Measurement& measurement) {
  const Op op = representative(measurement.instrument, measurement.op);
  return static_cast<std::uint64_t>(measurement.instrument) << 32 |
         static_cast<std::uint64_t>(op) << 16 | measurement.code;
}

std::vector<KeyValue> series_attributes(const Measurement& one, Arena& arena) {
  const Operation& what = operation(one.op);
  Attributes out;
  const auto add = [&](std::string_view key, std::string_view value) {
    out.push_back({key, Value::string(value)});
  };
  switch (one.instrument) {
    case Instrument::kHttpServerDuration:
    case Instrument::kActiveRequests: append_http(out, one, arena); break;
    case Instrument::kRpcServerDuration:
      add("rpc.system", "grpc");
      add("rpc.service", what.target);
      add("rpc.method", what.method);
      out.push_back({"rpc.grpc.status_code", Value::integer(one.code)});
      break;
    case Instrument::kDatabaseDuration: append_database(out, one); break;
    case Instrument::kCacheRequests:
      add("cache.name", what.target.substr(0, what.target.find(':')));
      add("cache.result", one.code != 0 ? "hit" : "miss");
      break;
    case Instrument::kMessagesSent:
    case Instrument::kMessagesConsumed:
      add("messaging.system", "kafka");
      add("messaging.destination.name", what.target);
      if (one.code != 0) add("error.type", "_OTHER");
      break;
    case Instrument::kOrdersPlaced: add("shop.payment.method", payment_method(one.code)); break;
    case Instrument::kRevenue: add("shop.currency", currency(one.code)); break;
    case Instrument::kPayments: add("shop.payment.outcome", kPaymentOutcomes[one.code]); break;
    case Instrument::kCartItems: break;
  }
  return out;
}

}  // namespace obs::sim
