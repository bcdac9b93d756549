#include "libobs/api/receiver.h"

#include <algorithm>
#include <utility>

#include <malloc.h>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/memory_claim.h"
#include "libobs/base/text.h"
#include "libobs/model/batch_memory.h"

namespace obs::api {
namespace {

constexpr std::string_view kNoMemory = "too much is under way; its memory is used up";

// A sink that had no room is not asked again for so long. What it has taken keeps it busy for some
// hundred milliseconds, so it does not starve, and the rest costs no decoding.
constexpr Duration kSinkRest = 20 * kMillisecond;

// What comes and goes with bodies as large as this leaves holes in the memory of its thread, each
// as much as the largest that it had; others cannot use them. To find them again costs a tenth of
// what decoding such a body does.
constexpr std::size_t kLeavesHoles = 32 * kMiB;

std::size_t bytes_of(const Intake& intake) {
  std::size_t bytes = 0;
  for (const codec::Decoded& part : intake.parts) bytes += model::memory_bytes(part.batch);
  return bytes;
}

std::size_t excess(std::size_t bytes, std::size_t over) { return bytes - std::min(bytes, over); }

void trim_after(std::size_t bytes) {
  if (bytes >= kLeavesHoles) ::malloc_trim(0);
}

// Of a claim that was refused.
Refusal no_room(const MemoryClaim& claim) {
  if (!claim.fits_never()) return {503, {}, std::string(kNoMemory)};
  return {413, "too_large", "the request takes more memory than all requests may have (--memory)"};
}

// A millisecond of decoding: of OTLP 1 to 1.7 MB, of ndjson 0.5. Below this a worker costs more
// than it saves: two wake-ups, and the body in another core's cache (a fifth more for a body of 300
// KB).
constexpr std::size_t kShortBytes = kMiB;
// What compressed telemetry usually grows to. What is to be short by that is tried, since a bomb of
// two KB can be anything.
constexpr std::size_t kUsualRatio = 8;

bool was_used(const pipeline::Ledger& ledger) {
  const auto received = [&](model::Signal signal) {
    return ledger.value(signal, pipeline::Outcome::kReceived) > 0;
  };
  return ledger.undecodable_requests() > 0 ||
         std::any_of(std::begin(model::kSignals), std::end(model::kSignals), received);
}

}  // namespace

struct Receiver::Entry {
  Entry(std::unique_ptr<Door> opened, Registry& registry)
      : door(std::move(opened)),
        ledger(std::make_unique<pipeline::Ledger>(registry, door->name())),
        seconds(
            registry.histogram("obs_api_request_seconds",
                               "From the whole request to its answer, acknowledgement included.",
                               {{"door", door->name()}})) {}

  std::unique_ptr<Door> door;
  std::unique_ptr<pipeline::Ledger> ledger;
  Histogram& seconds;
};

struct Receiver::Call {
  Call(const Entry& through, MemoryBudget* budget, std::size_t body)
      : entry(through), size(body), claim(budget) {}

  const Entry& entry;
  proto::HttpRequest request;
  std::string origin;      // For CORS; empty for none.
  const std::size_t size;  // Of the body as it came.
  MemoryClaim claim;       // Beside that body, which its server has charged.
  bool is_inflated = false;
  Arrival arrival;
  Duration began = 0;
  proto::HttpResponse success;
  Answer answer;

  std::atomic<std::size_t> unsettled{0};  // Batches whose ack is still to come.
  std::mutex mutex;
  std::optional<Error> error;  // The worst of the acks.
};

Receiver::Receiver(Doors doors, Gate* gate, pipeline::Sink& sink, Registry& registry,
                   const Clock& clock, ReceiverOptions options)
    : gate_(gate),
      sink_(sink),
      clock_(clock),
      options_(std::move(options)),
      mended_(registry.counter("obs_api_strings_mended_total",
                               "Strings received that were not UTF-8.")) {
  doors_.reserve(doors.size());
  for (auto& door : doors) doors_.emplace_back(std::move(door), registry);
}

Receiver::~Receiver() = default;

const Receiver::Entry& Receiver::find(std::string_view path) const {
  const auto found = std::find_if(doors_.begin(), doors_.end(),
                                  [&](const Entry& entry) { return entry.door->has(path); });
  return found == doors_.end() ? doors_.front() : *found;
}

std::optional<proto::HttpResponse> Receiver::check(const proto::HttpRequest& request) const {
  const Entry& entry = find(request.path);
  if (request.method == "OPTIONS" && entry.door->has(request.path))
    return options_.cors.preflight(request);
  if (auto answer = entry.door->check(request)) {
    allow_origin(*answer, options_.cors.allowed_origin(request));
    return answer;
  }
  // Before the body, while a refusal costs nothing.
  if (const auto refusal = find_overload(request)) return refuse(entry, request, *refusal);
  const auto length = parse_uint(request.header("content-length"));
  if (length && *length > options_.body_bytes)
    return refuse(request, 413,
                  fmt::format("the body of {} bytes is over the limit of {} bytes", *length,
                              options_.body_bytes));
  if (gate_ == nullptr) return std::nullopt;
  const auto credential = entry.door->credential(request);
  if (!credential && entry.door->credential_is_in_body(request)) return std::nullopt;
  const auto admitted = gate_->admit(request, credential);
  if (const auto* refusal = std::get_if<Refusal>(&admitted))
    return refuse(entry, request, *refusal);
  return std::nullopt;
}

std::optional<Refusal> Receiver::find_overload(const proto::HttpRequest& request) const {
  if (options_.budget != nullptr && options_.budget->is_over())
    return Refusal{503, {}, std::string(kNoMemory)};
  if (!sink_rests(request)) return std::nullopt;
  const std::lock_guard lock(rest_mutex_);
  return Refusal{503, {}, rest_reason_};
}

// There may be room for what is much smaller than what was refused: who sends the largest batches
// must not keep out the others. When the time is over one request is let in, to see; the others
// wait for what becomes of it.
bool Receiver::sink_rests(const proto::HttpRequest& request) const {
  Duration until = rest_until_.load(std::memory_order_relaxed);
  if (until == 0) return false;
  const auto length = parse_uint(request.header("content-length"));
  if (length && 2 * *length < rest_bytes_.load(std::memory_order_relaxed)) return false;
  const Duration now = clock_.monotonic();
  return now < until || !rest_until_.compare_exchange_strong(until, now + kSinkRest);
}

proto::HttpResponse Receiver::refuse(const proto::HttpRequest& request, int status,
                                     std::string_view why) const {
  return refuse(find(request.path), request, Refusal{status, {}, std::string(why)});
}

proto::HttpResponse Receiver::refuse(const Entry& entry, const proto::HttpRequest& request,
                                     const Refusal& refusal) const {
  proto::HttpResponse response = entry.door->refuse(request, refusal.status, refusal.message);
  if (refusal.retry_after > 0) entry.door->ask_to_wait(response, refusal.retry_after);
  if (refusal.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  allow_origin(response, options_.cors.allowed_origin(request));
  return response;
}

void Receiver::count_undecodable(const proto::HttpRequest& request, std::string_view reason,
                                 std::size_t bytes) const {
  find(request.path).ledger->count_undecodable(reason, bytes);
}

void Receiver::receive(proto::HttpRequest request, Answer answer, const Elsewhere& elsewhere) {
  const Entry& entry = find(request.path);
  if (auto settled = entry.door->check(request)) return answer(std::move(*settled));
  auto call = std::make_shared<Call>(entry, options_.budget, request.body.size());
  call->request = std::move(request);
  call->origin = options_.cors.allowed_origin(call->request);
  call->arrival.received = clock_.now();
  call->arrival.guard = options_.guard;
  call->began = clock_.monotonic();
  call->answer = std::move(answer);
  if (!elsewhere || is_short(*call)) return read(call);
  elsewhere([this, call] { read(call); });
}

// Whether to read the body takes a millisecond or so. If that had to be tried, it is inflated.
bool Receiver::is_short(Call& call) const {
  const codec::Compression compression = call.entry.door->compression(call.request);
  std::string& body = call.request.body;
  if (compression == codec::Compression::kNone) return body.size() < kShortBytes;
  if (body.size() >= kShortBytes / kUsualRatio) return false;
  const MemoryClaim::Scope scope(call.claim);
  auto inflated = api::inflate(compression, body, std::min(kShortBytes, options_.body_bytes));
  if (!inflated) return inflated.error().code != Errc::kLimitExceeded;
  body = std::move(*inflated);
  return call.is_inflated = true;
}

// What cannot be inflated is malformed for the ledger too.
std::optional<Refusal> Receiver::inflate(Call& call) {
  const codec::Compression compression = call.entry.door->compression(call.request);
  std::string& body = call.request.body;
  if (compression == codec::Compression::kNone || call.is_inflated || body.empty())
    return std::nullopt;
  auto inflated = api::inflate(compression, body, options_.body_bytes);
  if (!inflated) {
    const bool too_large = inflated.error().code == Errc::kLimitExceeded;
    return Refusal{too_large ? 413 : 400, too_large ? "too_large" : "damaged_compression",
                   fmt::format("the body cannot be decompressed: {}", inflated.error().message)};
  }
  body = std::move(*inflated);
  return std::nullopt;
}

// Inflates and reads the body, under the call's claim: what runs out of memory deep in a decoder
// ends here, whatever its door made of it.
std::optional<Refusal> Receiver::decode(Call& call, Intake& intake) {
  const MemoryClaim::Scope scope(call.claim);
  if (auto refusal = inflate(call)) return call.claim.was_refused() ? no_room(call.claim) : refusal;
  const Door& door = *call.entry.door;
  const auto credential = gate_ == nullptr ? std::nullopt : door.credential(call.request);
  if (gate_ != nullptr) {
    auto admitted = gate_->admit(call.request, credential);
    if (auto* refusal = std::get_if<Refusal>(&admitted)) return std::move(*refusal);
    call.arrival.project = std::move(std::get<std::string>(admitted));
  }
  // Text is copied, as a rule.
  if (!call.claim.grow(call.request.body.size())) return no_room(call.claim);
  auto read = door.read(call.request, call.arrival);
  if (call.claim.was_refused()) return no_room(call.claim);
  if (!read) return std::move(read.error());
  intake = std::move(*read);
  if (gate_ == nullptr) return std::nullopt;
  return gate_->charge(call.request, credential, call.size, intake);
}

void Receiver::read(const std::shared_ptr<Call>& call) {
  Intake intake;
  auto refusal = decode(*call, intake);
  call->request.body = {};
  trim_after(call->claim.most());
  if (refusal) return fail_body(*call, *refusal);
  call->claim.settle(excess(bytes_of(intake), call->size));
  call->success = std::move(intake.success);
  // One more than there are, so that the answer waits for the last to be written.
  call->unsettled = intake.parts.size() + 1;
  for (codec::Decoded& part : intake.parts) write(call, std::move(part));
  note_sink(*call);
  settle(*call, model::Signal::kLogs, 0, {});
}

void Receiver::fail_body(Call& call, const Refusal& refusal) {
  if (!refusal.reason.empty()) call.entry.ledger->count_undecodable(refusal.reason, call.size);
  finish(call, refuse(call.entry, call.request, refusal));
}

void Receiver::write(const std::shared_ptr<Call>& call, codec::Decoded&& part) {
  pipeline::Ledger& ledger = *call->entry.ledger;
  const model::Signal signal = part.batch.signal;
  ledger.count(signal, pipeline::Outcome::kReceived, part.total);
  ledger.count(signal, pipeline::Outcome::kRejected, part.rejected.count);
  mended_.add(part.batch.repaired_utf8);
  const std::uint64_t records = part.batch.size();
  if (records == 0) return settle(*call, signal, 0, {});
  sink_.write(std::make_shared<const model::Batch>(std::move(part.batch)),
              [this, call, signal, records](Result<void> result) {
                settle(*call, signal, records, std::move(result));
              });
}

// Called when the parts of a call have been written: what a sink has no room for it refuses at
// once.
void Receiver::note_sink(Call& call) {
  const std::lock_guard lock(call.mutex);
  if (call.error && call.error->code == Errc::kUnavailable) {
    const std::lock_guard reason_lock(rest_mutex_);
    rest_reason_ = call.error->message;
    rest_bytes_ = call.size;
    rest_until_ = clock_.monotonic() + kSinkRest;
  } else if (rest_until_.load(std::memory_order_relaxed) != 0) {
    rest_until_ = 0;
  }
}

void Receiver::settle(Call& call, model::Signal signal, std::uint64_t records,
                      Result<void> result) {
  call.entry.ledger->count(signal, result ? pipeline::Outcome::kSent : pipeline::Outcome::kFailed,
                           records);
  if (!result) {
    if (options_.on_sink_error) options_.on_sink_error(result.error());
    const std::lock_guard lock(call.mutex);
    // A retry is asked for only when none of them refused for good.
    if (!call.error || call.error->code == Errc::kUnavailable) call.error = result.error();
  }
  if (call.unsettled.fetch_sub(1) != 1) return;
  if (!call.error) return finish(call, std::move(call.success));
  const Error& error = *call.error;
  finish(call, call.entry.door->refuse(call.request, http_status(error.code), error.message));
}

void Receiver::finish(Call& call, proto::HttpResponse response) {
  call.claim.settle(0);
  call.entry.seconds.observe(static_cast<double>(clock_.monotonic() - call.began) /
                             static_cast<double>(kSecond));
  if (proto::find_header(response.headers, "Access-Control-Allow-Origin").empty())
    allow_origin(response, call.origin);
  call.answer(std::move(response));
}

std::string Receiver::summary() const {
  std::string out;
  for (const Entry& entry : doors_) {
    if (!was_used(*entry.ledger)) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", entry.door->name(),
                       entry.ledger->summary());
  }
  return out.empty() ? "nothing received" : out;
}

}  // namespace obs::api
