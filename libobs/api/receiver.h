// Receiver: requests of every door into a sink, the sink's acks into answers, and the ledger of it.
//
// A success means that the sink has acknowledged every record but those that the answer names.
// Whatever fails is answered so that the sender does the right thing: 503 with Retry-After when a
// retry may succeed, 400 or 413 when it cannot. Nothing of a request that was refused was
// acknowledged, though a retry may find it stored: sinks know a batch by its id.
//
// Under more load than can be taken most requests are refused from their headers: while the budget
// is used up, and for some milliseconds after the sink had no room for a batch.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/api/cors.h"
#include "libobs/api/door.h"
#include "libobs/api/gate.h"
#include "libobs/base/clock.h"
#include "libobs/base/memory_budget.h"
#include "libobs/base/metrics.h"
#include "libobs/base/result.h"
#include "libobs/pipeline/ledger.h"
#include "libobs/pipeline/sink.h"
#include "libobs/proto/http.h"

namespace obs::api {

struct ReceiverOptions {
  std::size_t body_bytes = kDefaultBodyBytes;  // Of a body as sent, and once more inflated.
  // What requests hold beside their bodies as they came is claimed of it as it grows, inflated and
  // decoded, and what they were decoded to until they are answered (base/memory_claim.h). Where
  // there is no room: 503; 413 for what would find none ever. Outlives the receiver; null:
  // unbounded.
  MemoryBudget* budget = nullptr;
  CorsPolicy cors;
  pipeline::SeriesGuard* guard = nullptr;  // Null: any metric may have any number of series.
  // Told of each batch that the sink failed to take. On the sink's threads.
  std::function<void(const Error&)> on_sink_error;
};

class Receiver {
 public:
  using Answer = std::function<void(proto::HttpResponse)>;
  // Runs long work on another thread.
  using Elsewhere = std::function<void(std::function<void()>)>;
  using Doors = std::vector<std::unique_ptr<Door>>;

  // At least one door; the first answers for paths that no door has. The others outlive the
  // receiver and every answer still owed; the gate may be null: then everybody may come in.
  Receiver(Doors doors, Gate* gate, pipeline::Sink& sink, Registry& registry, const Clock& clock,
           ReceiverOptions options = {});
  ~Receiver();

  // Before the body: the answer to a request that we would not take (with that of a preflight among
  // them); nullopt when its body may come. Any thread.
  std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const;

  // A request that check() let pass, with its body. Decodes it and hands it to the sink: here, or
  // elsewhere when that would take longer than about a millisecond, as far as there is an
  // elsewhere. `answer` is called once, on that thread or on one of the sink's. Any thread.
  void receive(proto::HttpRequest request, Answer answer, const Elsewhere& elsewhere = nullptr);

  // Counts a body, or a piece of one, that could not be taken apart and so never came to its door.
  // `reason` is static.
  void count_undecodable(const proto::HttpRequest& request, std::string_view reason,
                         std::size_t bytes) const;

  // How a refusal of the server's own (a body over its limit, a request too slow) is put.
  proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                             std::string_view why) const;

  // What became of everything, a line for each door that was used.
  std::string summary() const;

 private:
  struct Entry;  // A door and its counts.
  struct Call;   // One request on its way from its body to its answer.

  const Entry& find(std::string_view path) const;
  std::optional<Refusal> find_overload(const proto::HttpRequest& request) const;
  bool sink_rests(const proto::HttpRequest& request) const;
  proto::HttpResponse refuse(const Entry& entry, const proto::HttpRequest& request,
                             const Refusal& refusal) const;
  bool is_short(Call& call) const;
  std::optional<Refusal> inflate(Call& call);
  std::optional<Refusal> decode(Call& call, Intake& intake);
  void read(const std::shared_ptr<Call>& call);
  void write(const std::shared_ptr<Call>& call, codec::Decoded&& part);
  void settle(Call& call, model::Signal signal, std::uint64_t records, Result<void> result);
  void note_sink(Call& call);
  void fail_body(Call& call, const Refusal& refusal);
  void finish(Call& call, proto::HttpResponse response);

  std::vector<Entry> doors_;
  Gate* const gate_;
  pipeline::Sink& sink_;
  const Clock& clock_;
  const ReceiverOptions options_;
  Counter& mended_;
  // Until when nothing is read for a sink that had no room, and what it said; 0: it has.
  mutable std::atomic<Duration> rest_until_{0};
  std::atomic<std::size_t> rest_bytes_{0};  // Of the request for which there was none.
  mutable std::mutex rest_mutex_;
  std::string rest_reason_;
};

}  // namespace obs::api
