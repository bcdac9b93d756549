// What the services do: every operation, what it calls, how long it takes and what it logs.
//
// An operation with a service of its own is reached over the network, through a client span of the
// caller; the others (database, cache, third party, internal work) are spans of the caller itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cmd/obs-sim/shop.h"
#include "cmd/obs-sim/visit.h"

namespace obs::sim {

enum class Op : std::uint8_t {
  // Where traces begin.
  kHome,
  kProductPage,
  kSearchPage,
  kAddToCart,
  kCartPage,
  kLoginPage,
  kCheckoutPage,
  kStockSync,
  // Auth.
  kLogin,
  kVerifySession,
  kSelectUser,
  kHashPassword,
  kGetSession,
  kSetSession,
  kSelectSession,
  // Catalog.
  kGetProduct,
  kListProducts,
  kSearchProducts,
  kGetCachedProduct,
  kLoadProduct,
  kSelectProduct,
  kCacheProduct,
  kGetCachedList,
  kSelectProducts,
  kSearchText,
  // Cart.
  kGetCart,
  kAddItem,
  kEmptyCart,
  kReadCart,
  kWriteCart,
  kDeleteCart,
  // Checkout.
  kPlaceOrder,
  kPrepareOrder,
  kInsertOrder,
  kPublishOrder,
  // Payment.
  kCharge,
  kAssessFraud,
  kChargeGateway,
  kInsertPayment,
  // Shipping.
  kQuote,
  kShip,
  kBookCarrier,
  // Inventory.
  kLocateStock,
  kReserveStock,
  kSelectStock,
  kUpdateStock,
  // Email.
  kSendReceipt,
  kRenderReceipt,
  kDeliverReceipt,
  kPostMessage,
  // Recommendation, ad and currency.
  kRecommend,
  kGetCachedProfile,
  kScoreCandidates,
  kGetAds,
  kGetCachedAds,
  kSelectAds,
  kConvert,
};
inline constexpr std::size_t kOpCount = static_cast<std::size_t>(Op::kConvert) + 1;

enum class OpKind : std::uint8_t {
  kHttpServer,
  kRpcServer,
  kConsumer,  // Runs in a trace of its own, linked to the producer's span.
  kProducer,
  kPostgres,
  kRedis,
  kThirdParty,  // HTTP to somebody who sends us no spans.
  kInternal,
};

enum class Failure : std::uint8_t {
  kNone,
  kTimeout,
  kUnavailable,
  kException,
  kExhausted,
  kDeclined,      // The customer's bank said no: business as usual.
  kUnauthorized,  // A wrong password, likewise.
};

struct Step {
  Op op = Op::kHome;
  bool optional = false;  // The caller goes on without it.
  bool parallel = false;  // Starts together with the step before it.
  bool on_miss = false;   // Only when the cache lookup before it found nothing.
  int attempts = 1;
  double chance = 1;
};

struct LogLine {
  enum class When : std::uint8_t { kBegin, kSuccess, kFailure, kMiss };
  When when = When::kSuccess;
  int severity_number = 9;
  std::string_view body;  // A pattern for fill_pattern().
  std::span<const Field> fields = {};
  double chance = 1;
};

struct Operation {
  Op op = Op::kHome;
  OpKind kind = OpKind::kInternal;
  Service service = Service::kFrontend;  // Who serves it; for spans of the caller: who calls it.
  Failure failure = Failure::kNone;      // What it does at failure_rate.
  std::string_view name;                 // Of the span.
  double median_ms = 1;                  // Of its own work, without what it calls.
  std::string_view method = {};          // HTTP method, RPC method, SQL or Redis command.
  std::string_view target = {};          // Route, RPC service, table, key pattern, host or topic.
  std::string_view statement = {};       // SQL text, or the path at a third party.
  double spread = 0.35;
  double failure_rate = 0;
  double miss_rate = 0;  // Of a cache lookup.
  std::span<const Field> fields = {};
  std::span<const Step> steps = {};
  std::span<const LogLine> lines = {};

  // For the table: the operation with one thing set.
  constexpr Operation spreading(double value) const;
  constexpr Operation failing(double rate, Failure how) const;
  constexpr Operation missing(double rate) const;
  constexpr Operation with_fields(std::span<const Field> value) const;
  constexpr Operation calling(std::span<const Step> value) const;
  constexpr Operation logging(std::span<const LogLine> value) const;
};

const Operation& operation(Op op);

inline bool is_served(OpKind kind) {
  return kind == OpKind::kHttpServer || kind == OpKind::kRpcServer || kind == OpKind::kConsumer;
}
inline bool is_database(OpKind kind) { return kind == OpKind::kPostgres || kind == OpKind::kRedis; }

// The parts of the table.
std::span<const Operation> page_operations();
std::span<const Operation> goods_operations();
std::span<const Operation> order_operations();

}  // namespace obs::sim
