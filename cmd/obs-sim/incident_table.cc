// The incidents themselves. Each is a few functions of how far it has come, so that it looks the
// same whenever it begins and however long it lasts.

#include <algorithm>
#include <cmath>

#include "cmd/obs-sim/incident.h"

namespace obs::sim {
namespace {

bool is_postgres(Op op) { return operation(op).kind == OpKind::kPostgres; }

// Rises over the first tenth and falls over the last: hardly anything breaks in one instant.
double ramp(double progress) { return std::clamp(std::min(progress, 1 - progress) * 10, 0.0, 1.0); }

// Of two incidents at one place the likelier failure is the one that is met.
void fail_with(Effect& effect, double rate, Fault fault) {
  if (rate <= effect.failure_rate) return;
  effect.failure_rate = rate;
  effect.fault = fault;
}

constexpr double kDeployPoints[2][2] = {{0, 1}, {0.15, 1}};

std::span<const double> bad_deploy_restarts(Instance at) {
  if (at.service != Service::kCatalog) return {};
  return kDeployPoints[std::min<std::size_t>(at.index, 1)];
}

void affect_bad_deploy(Op op, Instance at, double progress, Effect& effect) {
  if (op != Op::kGetProduct || progress < bad_deploy_restarts(at).front()) return;
  fail_with(effect, 0.35,
            {Failure::kException, "java.lang.NullPointerException",
             "Cannot invoke \"Discount.percent()\" because \"product.discount\" is null"});
}

void affect_cache_stampede(Op op, Instance, double progress, Effect& effect) {
  // The cache fills again by and by.
  const double empty = std::exp(-4 * progress);
  if (operation(op).miss_rate > 0) effect.miss_rate = std::max(0.07, 0.98 * empty);
  if (!is_postgres(op)) return;
  effect.slower *= 1 + 14 * empty;
  fail_with(effect, 0.04 * empty,
            {Failure::kExhausted, "PoolTimeoutError", "no free connection within 1000 ms", 1000});
}

void affect_cert_expired(Op op, Instance at, double, Effect& effect) {
  if (at.service != Service::kShipping || operation(op).kind != OpKind::kHttpServer) return;
  fail_with(
      effect, 1,
      {Failure::kUnavailable, "x509.CertificateInvalidError",
       "tls: failed to verify certificate: x509: certificate has expired or is not yet valid", 4});
  effect.refused = true;
}

void affect_db_slow(Op op, Instance, double progress, Effect& effect) {
  if (!is_postgres(op)) return;
  const bool scans = operation(op).target == "products";
  effect.slower *= 1 + (scans ? 60 : 5) * ramp(progress);
  if (!scans) return;
  fail_with(effect, 0.08 * ramp(progress),
            {Failure::kExhausted, "java.sql.SQLTransientConnectionException",
             "HikariPool-1 - Connection is not available, request timed out after 3000ms", 3000});
}

// Instances leak at different speeds, or they would all die at once.
constexpr double kLeakPoints[2][3] = {{0.33, 0.67, 1}, {0.42, 0.84, 1}};

std::span<const double> leak_restarts(Instance at) {
  if (at.service != Service::kRecommendation) return {};
  return kLeakPoints[std::min<std::size_t>(at.index, 1)];
}

// From 0 after a start to 1 when the kernel kills.
double leaked(Instance at, double progress) {
  double since = 0;
  for (const double point : leak_restarts(at)) {
    if (progress < point) return (progress - since) / (point - since);
    since = point;
  }
  return 0;
}

double leak_memory(Instance at, double progress) {
  return at.service == Service::kRecommendation ? 1 + 2.3 * leaked(at, progress) : 1;
}

void affect_memory_leak(Op op, Instance at, double progress, Effect& effect) {
  if (at.service != Service::kRecommendation) return;
  const double level = leaked(at, progress);
  // Collecting takes ever longer as less is free.
  effect.slower *= 1 + 12 * std::pow(level, 4);
  if (op != Op::kRecommend || progress < 0.3 || level > 0.03) return;
  fail_with(effect, 0.9, {Failure::kUnavailable, "ConnectionError", "connection refused", 1});
  effect.refused = true;
}

void affect_payment_timeout(Op op, Instance, double progress, Effect& effect) {
  if (op != Op::kChargeGateway) return;
  fail_with(effect, 0.7 * ramp(progress),
            {Failure::kTimeout, "TimeoutError",
             "POST https://api.paycore.example/v2/charges: no answer within 5000 ms", 5000});
}

void affect_queue_backlog(Op op, Instance, double progress, Effect& effect) {
  if (op == Op::kSendReceipt) {
    // Grows until the provider lets go, then drains.
    const double waiting = progress < 0.7 ? progress / 0.7 : (1 - progress) / 0.3;
    effect.delay = static_cast<Duration>(waiting * 4 * static_cast<double>(kMinute));
  }
  if (op != Op::kPostMessage || progress > 0.7) return;
  effect.slower *= 12;
  fail_with(effect, 0.4,
            {Failure::kUnavailable, "Postwing::TooManyRequests", "429 Too Many Requests", 900});
}

double spike_traffic(Op entry, double progress) {
  const bool browses = entry == Op::kHome || entry == Op::kProductPage;
  return 1 + (browses ? 7 : 1.5) * ramp(progress);
}

void affect_traffic_spike(Op op, Instance, double progress, Effect& effect) {
  effect.slower *= 1 + 1.8 * ramp(progress);
  if (op != Op::kHome && op != Op::kProductPage) return;
  fail_with(
      effect, 0.05 * ramp(progress),
      {Failure::kUnavailable, "ServerOverloaded", "event loop delay above 500 ms, shedding load"});
}

constexpr Incident kIncidents[] = {
    {.name = "bad-deploy",
     .cause = "catalog 4.18.0 reads a discount that most products do not have; it is rolled out "
              "instance by instance, and rolled back at the end.",
     .affected = "catalog; frontend, checkout and inventory through it.",
     .symptoms =
         "java.lang.NullPointerException in catalog from the first start of service.version "
         "4.18.0, on one instance at first; 500s on product pages; no latency change.",
     .affect = affect_bad_deploy,
     .restarts = bad_deploy_restarts,
     .restart_reason = "rolling update",
     .version = "4.18.0"},
    {.name = "cache-stampede",
     .cause = "redis was restarted and came back empty: every lookup misses at once.",
     .affected = "catalog, auth, ad and recommendation; everything behind PostgreSQL.",
     .symptoms = "cache.requests with cache.result=miss near 100 %, several times the SELECTs at "
                 "15x their duration, PoolTimeoutError; decays as the cache fills.",
     .affect = affect_cache_stampede},
    {.name = "cert-expired",
     .cause = "the TLS certificate of shipping has expired.",
     .affected = "shipping, which sees no more requests; checkout, which cannot do without; the "
                 "cart page, which can.",
     .symptoms =
         "client spans to shipping fail within milliseconds with \"certificate has expired\"; "
         "not one server span in shipping; every order fails.",
     .affect = affect_cert_expired},
    {.name = "db-slow",
     .cause = "a migration dropped the index on products: PostgreSQL scans the table each time.",
     .affected = "catalog most; whatever shares the database somewhat.",
     .symptoms = "SELECT products takes 60x longer, other statements 5x; catalog's connection pool "
                 "is used up, with pending requests and SQLTransientConnectionException.",
     .affect = affect_db_slow},
    {.name = "memory-leak",
     .cause = "recommendation keeps every profile it has scored.",
     .affected = "recommendation; home and product pages lose their recommendations for moments.",
     .symptoms = "process.memory.usage of recommendation climbs to 1 GiB, latency with it; then "
                 "OOMKilled, connection refused for seconds, a new service.instance.id, again.",
     .usual_duration = 30 * kMinute,
     .affect = affect_memory_leak,
     .memory = leak_memory,
     .restarts = leak_restarts,
     .restart_reason = "OOMKilled"},
    {.name = "payment-timeout",
     .cause = "the payment provider api.paycore.example stops answering most charges.",
     .affected = "payment, checkout, and POST /api/checkout of frontend.",
     .symptoms = "spans to api.paycore.example of exactly 5 s with TimeoutError, each tried twice; "
                 "checkouts take 10 s and fail with 504; shop.orders.placed falls.",
     .affect = affect_payment_timeout},
    {.name = "queue-backlog",
     .cause = "the mail provider api.postwing.example throttles us, so email falls behind.",
     .affected = "email alone: customers wait for their receipts.",
     .symptoms = "429 Too Many Requests in email; kafka.consumer.records_lag climbs, and the time "
                 "from the linked producer span to its consumer reaches minutes.",
     .usual_duration = 20 * kMinute,
     .affect = affect_queue_backlog},
    {.name = "traffic-spike",
     .cause = "a newsletter went out to everybody at once.",
     .affected = "frontend, and mildly everything behind it.",
     .symptoms = "eight times the requests for GET / and product pages, all latencies up, "
                 "some 503s \"shedding load\" from frontend; no fault anywhere.",
     .affect = affect_traffic_spike,
     .traffic = spike_traffic},
};

}  // namespace

std::span<const Incident> incidents() { return kIncidents; }

}  // namespace obs::sim
