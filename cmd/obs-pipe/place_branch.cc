#include "cmd/obs-pipe/place_branch.h"

#include <stop_token>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/clock.h"
#include "libobs/places/delivery.h"
#include "libobs/places/line_batcher.h"

namespace obs::pipe {
namespace {

constexpr std::size_t kInFlightBytes = 32 * kMiB;

void warn(std::string_view sentence) { fmt::print(stderr, "obs-pipe: {}\n", sentence); }

class PlaceBranch final : public Branch {
 public:
  PlaceBranch() : ledger_(registry_, "obs-pipe"), batcher_({}, false, ledger_, warn) {}

  ~PlaceBranch() override {
    if (delivery_ != nullptr) (void)close();
  }

  Result<void> open(const places::Address& address) {
    places::OpenContext context{registry_, "obs-pipe"};
    context.warn = warn;
    OBS_TRY(sink_, places::open_sink(address, std::move(context)));
    delivery_ =
        std::make_unique<places::Delivery>(*sink_, ledger_, kInFlightBytes, stop_.get_token());
    return {};
  }

  Result<void> add(std::string_view line) override {
    batcher_.add_line(line, system_clock().now());
    return batcher_.is_full() ? flush() : Result<void>();
  }

  Result<void> flush() override {
    if (batcher_.is_empty()) return {};
    for (model::Batch& batch : batcher_.take()) {
      OBS_TRY_VOID(delivery_->send(std::make_shared<const model::Batch>(std::move(batch))));
    }
    return {};
  }

  // The sink knows best what it could not deliver.
  Result<void> close() override {
    auto flushed = flush();
    auto delivered = delivery_->finish();
    auto closed = sink_->close();
    delivery_.reset();
    for (Result<void>* const result : {&closed, &flushed, &delivered}) {
      if (!*result) return std::move(*result);
    }
    return batcher_.verdict();
  }

  void stop() override { stop_.request_stop(); }

 private:
  Registry registry_;
  pipeline::Ledger ledger_;
  places::LineBatcher batcher_;
  std::stop_source stop_;
  std::unique_ptr<pipeline::Sink> sink_;
  std::unique_ptr<places::Delivery> delivery_;
};

}  // namespace

Result<std::unique_ptr<Branch>> open_place_branch(const places::Address& address) {
  auto branch = std::make_unique<PlaceBranch>();
  OBS_TRY_VOID(branch->open(address));
  return std::unique_ptr<Branch>(std::move(branch));
}

}  // namespace obs::pipe
