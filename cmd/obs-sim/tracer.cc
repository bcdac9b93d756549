#include "cmd/obs-sim/tracer.h"

#include <algorithm>

namespace obs::sim {
namespace {

// One way over the shop's network.
constexpr double kNetworkMs = 0.25;

Duration to_duration(double milliseconds) {
  return static_cast<Duration>(milliseconds * static_cast<double>(kMillisecond));
}

// What goes wrong in an operation by itself, before anything it calls does.
Fault draw_fault(const Operation& operation, const Effect& effect, Random& random) {
  // What is refused fails before it gets here.
  if (!effect.refused && effect.failure_rate > 0 && random.chance(effect.failure_rate))
    return effect.fault;
  if (operation.failure_rate > 0 && random.chance(operation.failure_rate)) {
    return usual_fault(operation.failure);
  }
  return {};
}

Duration time_to_fail(const Operation& operation, const Fault& fault, Random& random) {
  // Timeouts are exact but for scheduling.
  return to_duration(fault.hold_ms > 0 ? random.log_normal(fault.hold_ms, 0.002)
                                       : random.log_normal(operation.median_ms, operation.spread));
}

Instance pick_instance(Service service, Random& random) {
  return {service, static_cast<std::uint8_t>(random.below(info(service).instances))};
}

}  // namespace

struct Tracer::Walk {
  Random random;
  Visit visit;

  Duration network() { return to_duration(random.log_normal(kNetworkMs, 0.3)); }
};

void Tracer::run(Op entry, Timestamp start, std::uint64_t seed) {
  Walk walk{Random(seed), {}};
  walk.visit = draw_visit(walk.random);
  const Instance at = pick_instance(operation(entry).service, walk.random);
  Parent nobody;
  nobody.place.trace_id = walk.random.id<model::TraceId>();
  perform(walk, entry, at, nobody, start);
}

Tracer::Outcome Tracer::perform(Walk& walk, Op op, Instance at, const Parent& parent,
                                Timestamp start, int attempt) {
  const Operation& what = operation(op);
  const Effect effect = weather_.effect(op, at, start);
  const Place place{at, parent.place.trace_id, walk.random.id<model::SpanId>()};
  recorder_.record_lines(LogLine::When::kBegin, what, place, start, start, walk.visit, {},
                         walk.random);

  Outcome outcome{start, draw_fault(what, effect, walk.random)};
  const bool raised = outcome.fault.failure != Failure::kNone;
  if (raised) {
    outcome.end += time_to_fail(what, outcome.fault, walk.random);
  } else {
    outcome = perform_steps(walk, what, effect, place, start);
  }
  SpanFacts facts{&what,
                  false,
                  place,
                  parent.place.span_id,
                  parent.is_remote,
                  start,
                  outcome.end,
                  outcome.fault,
                  raised,
                  false,
                  attempt,
                  parent.link,
                  &walk.visit};
  const bool failed = outcome.fault.failure != Failure::kNone;
  recorder_.record_lines(failed ? LogLine::When::kFailure : LogLine::When::kSuccess, what, place,
                         outcome.end, start, walk.visit, outcome.fault, walk.random);
  if (what.kind == OpKind::kHttpServer) recorder_.record_access(facts);
  recorder_.record_span(facts);
  record_business(walk, op, place, outcome);
  return outcome;
}

// The operation's own time is spread evenly before, between and after what it calls.
Tracer::Outcome Tracer::perform_steps(Walk& walk, const Operation& operation, const Effect& effect,
                                      const Place& place, Timestamp start) {
  const double own_ms =
      walk.random.log_normal(operation.median_ms * effect.slower, operation.spread);
  const Duration pause = to_duration(own_ms / static_cast<double>(operation.steps.size() + 1));
  Outcome outcome{start + pause, {}, true};
  bool hit = true;
  Timestamp group = outcome.end;
  for (const Step& step : operation.steps) {
    if (step.on_miss && hit) continue;
    if (step.chance < 1 && !walk.random.chance(step.chance)) continue;
    if (!step.parallel) group = outcome.end;
    const Outcome taken = take_step(walk, step, place, group);
    if (!taken.hit) {
      hit = false;
      recorder_.record_lines(LogLine::When::kMiss, operation, place, taken.end, start, walk.visit,
                             {}, walk.random);
    }
    outcome.end = std::max(outcome.end, taken.end + pause);
    if (taken.fault.failure == Failure::kNone) continue;
    if (!step.optional) return {outcome.end, taken.fault, true};
    recorder_.record_warning(sim::operation(step.op), place, taken.end, taken.fault, 1, 1);
  }
  if (operation.miss_rate > 0) {
    outcome.hit = !walk.random.chance(effect.miss_rate.value_or(operation.miss_rate));
  }
  return outcome;
}

Tracer::Outcome Tracer::take_step(Walk& walk, const Step& step, const Place& caller,
                                  Timestamp start) {
  const Operation& what = operation(step.op);
  if (what.kind == OpKind::kConsumer) {
    consume(walk, step.op, caller, start);
    return {start, {}, true};
  }
  Outcome outcome{start, {}, true};
  for (int attempt = 1; attempt <= step.attempts; ++attempt) {
    outcome = is_served(what.kind)
                  ? call(walk, step.op, caller, outcome.end)
                  : perform(walk, step.op, caller.at, {caller, false, {}}, outcome.end, attempt);
    if (outcome.fault.failure == Failure::kNone || is_refusal(outcome.fault.failure)) break;
    if (attempt == step.attempts) break;
    recorder_.record_warning(what, caller, outcome.end, outcome.fault, attempt, step.attempts);
  }
  return outcome;
}

// Over the network: the caller's client span around the callee's server span.
Tracer::Outcome Tracer::call(Walk& walk, Op op, const Place& caller, Timestamp start) {
  const Operation& what = operation(op);
  const Instance callee = pick_instance(what.service, walk.random);
  const Place client{caller.at, caller.trace_id, walk.random.id<model::SpanId>()};
  const Timestamp arrival = start + walk.network();
  const Effect effect = weather_.effect(op, callee, arrival);
  const bool refused = effect.refused && walk.random.chance(effect.failure_rate);

  Outcome outcome;
  if (refused) {
    outcome = {arrival + time_to_fail(what, effect.fault, walk.random), effect.fault};
  } else {
    outcome = perform(walk, op, callee, {client, true, {}}, arrival);
    outcome.end += walk.network();
  }
  SpanFacts facts;
  facts.operation = &what;
  facts.calling = true;
  facts.place = client;
  facts.parent = caller.span_id;
  facts.start = start;
  facts.end = outcome.end;
  facts.fault = outcome.fault;
  facts.raised_here = facts.refused = refused;
  facts.visit = &walk.visit;
  recorder_.record_span(facts);
  return outcome;
}

// In a trace of its own, some time after the producer has sent: the walk goes on without it.
void Tracer::consume(Walk& walk, Op op, const Place& producer, Timestamp sent) {
  const Instance at = pick_instance(operation(op).service, walk.random);
  const Duration waits =
      to_duration(walk.random.log_normal(12, 0.5)) + weather_.effect(op, at, sent).delay;
  Parent nobody;
  nobody.place.trace_id = walk.random.id<model::TraceId>();
  nobody.link = producer;
  perform(walk, op, at, nobody, sent + waits);
}

void Tracer::record_business(const Walk& walk, Op op, const Place& place, const Outcome& outcome) {
  const bool ok = outcome.fault.failure == Failure::kNone;
  const auto measure = [&](Instrument instrument, std::uint32_t code, double value) {
    timeline_.at(outcome.end)
        .measurements.push_back({instrument, place.at, op, static_cast<std::uint16_t>(code), value,
                                 outcome.end, place.trace_id, place.span_id});
  };
  if (operation(op).miss_rate > 0 && ok) measure(Instrument::kCacheRequests, outcome.hit, 1);
  if (op == Op::kAddItem && ok) measure(Instrument::kCartItems, 0, walk.visit.quantity);
  if (op == Op::kCharge) {
    measure(Instrument::kPayments, static_cast<std::uint32_t>(outcome.fault.failure), 1);
  }
  if (op != Op::kPlaceOrder || !ok) return;
  measure(Instrument::kOrdersPlaced, walk.visit.method, 1);
  measure(Instrument::kRevenue, walk.visit.market, walk.visit.total_cents / 100.0);

  Arena& arena = *timeline_.at(outcome.end).arena;
  std::vector<model::KeyValue> attributes;
  for (const Field field : operation(op).fields) {
    attributes.push_back(attribute_of(field, walk.visit, arena));
  }
  recorder_.record_log(place, outcome.end, 9, {}, arena.copy_array<model::KeyValue>(attributes),
                       "shop.order.placed");
}

}  // namespace obs::sim
