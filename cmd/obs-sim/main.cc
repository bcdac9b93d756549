// obs-sim(1): generate the telemetry of a believable shop, with incidents whose cause is known.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

#include "cmd/obs-sim/options.h"
#include "libobs/app/interrupts.h"
#include "libobs/app/log.h"
#include "libobs/app/stdout.h"
#include "libobs/places/delivery.h"
#include "libobs/places/places.h"

namespace obs::sim {
namespace {

// What a slow sink may leave waiting before the simulation waits for it.
constexpr std::size_t kMaxInFlight = 32 * kMiB;

// Waits until the clock shows `time`, or until stopped.
void wait_until(Timestamp time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  for (;;) {
    const Duration left = time - system_clock().now();
    if (left <= 0 || stop.stop_requested()) return;
    never.wait_for(lock, stop, std::chrono::nanoseconds(left), [] { return false; });
  }
}

Result<void> send_all(std::vector<model::Batch> batches, const Plan& plan,
                      places::Delivery& delivery) {
  for (model::Batch& batch : batches) {
    if (!plan.wants(batch.signal)) continue;
    batch.received = system_clock().now();
    model::assign_id(batch);
    OBS_TRY_VOID(delivery.send(std::make_shared<const model::Batch>(std::move(batch))));
  }
  return {};
}

Result<void> run_plan(const Plan& plan, places::Delivery& delivery, const std::stop_token& stop) {
  Simulation simulation(plan.simulation);
  while (!stop.stop_requested() && (!plan.end || simulation.now() < *plan.end)) {
    if (!plan.fast) wait_until(simulation.now() + kSecond, stop);
    if (stop.stop_requested()) break;
    OBS_TRY_VOID(send_all(simulation.next_second(), plan, delivery));
  }
  return {};
}

Result<std::unique_ptr<pipeline::Sink>> open_sink(const std::string& to, Registry& registry,
                                                  const app::Log& log) {
  OBS_TRY(const auto address, places::parse_address(to));
  places::OpenContext context{registry, std::string(SimOptions::kName)};
  context.warn = [&log](std::string_view message) { log.warn(message); };
  return places::open_sink(address, std::move(context));
}

Result<int> simulate(const SimOptions& options) {
  if (options.list_incidents) {
    app::Stdout out;
    OBS_TRY_VOID(out.write(describe_incidents()));
    OBS_TRY_VOID(out.flush());
    return app::kExitDone;
  }
  OBS_TRY(const Plan plan, make_plan(options, system_clock().now()));
  std::stop_source stop;
  // Closing a store takes as long as its flush does.
  app::Interrupts interrupts(app::Interrupts::kForever);
  interrupts.on_interrupt([&stop] { stop.request_stop(); });
  const app::Log log(std::string(SimOptions::kName),
                     options.verbose ? app::Level::kInfo : app::Level::kWarn);
  Registry registry;
  pipeline::Ledger ledger(registry, "obs-sim");
  OBS_TRY(const auto sink, open_sink(options.to, registry, log));

  places::Delivery delivery(*sink, ledger, kMaxInFlight, stop.get_token());
  auto ran = run_plan(plan, delivery, stop.get_token());
  auto finished = delivery.finish();
  auto closed = sink->close();
  log.info(ledger.summary());
  // The sink knows best how much it could not deliver.
  for (Result<void>* result : {&closed, &ran, &finished}) {
    if (!*result) return fail(std::move(*result).error());
  }
  return interrupts.signal() == SIGINT ? app::kExitInterrupted : app::kExitDone;
}

}  // namespace
}  // namespace obs::sim

int main(int argc, char** argv) {
  return obs::app::run<obs::sim::SimOptions>(argc, argv, obs::sim::simulate);
}
