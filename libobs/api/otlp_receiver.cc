#include "libobs/api/otlp_receiver.h"

#include <utility>

namespace obs::api {

// One request on its way from its body to its answer.
struct OtlpReceiver::Export {
  OtlpCall what;
  std::string origin;  // For CORS; empty for none.
  std::size_t size = 0;
  std::size_t inflated = 0;  // Charged to inflated_.
  Timestamp received = 0;
  Duration began = 0;
  proto::HttpResponse success;
  Answer answer;
};

OtlpReceiver::OtlpReceiver(pipeline::Sink& sink, pipeline::Ledger& ledger, Registry& registry,
                           const Clock& clock, OtlpOptions options)
    : sink_(sink),
      ledger_(ledger),
      clock_(clock),
      options_(std::move(options)),
      mended_(registry.counter("obs_api_strings_mended_total",
                               "Strings received that were not UTF-8.")) {
  for (const model::Signal signal : model::kSignals)
    seconds_[static_cast<std::size_t>(signal)] = &registry.histogram(
        "obs_api_export_seconds", "From the whole request to its answer, acknowledgement included.",
        {{"signal", model::to_string(signal)}});
}

std::optional<proto::HttpResponse> OtlpReceiver::check(const proto::HttpRequest& request) const {
  if (request.method == "OPTIONS" && find_otlp_route(request.path))
    return options_.cors.preflight(request);
  auto checked = check_otlp(request, options_.body_bytes);
  auto* refusal = std::get_if<proto::HttpResponse>(&checked);
  if (refusal == nullptr) return std::nullopt;
  allow_origin(*refusal, options_.cors.allowed_origin(request));
  return std::move(*refusal);
}

proto::HttpResponse OtlpReceiver::refuse(const proto::HttpRequest& request, int status,
                                         std::string_view why) const {
  proto::HttpResponse response = answer_error(request, status, why);
  allow_origin(response, options_.cors.allowed_origin(request));
  return response;
}

void OtlpReceiver::receive(proto::HttpRequest request, Answer answer) {
  auto checked = check_otlp(request, options_.body_bytes);
  if (auto* refusal = std::get_if<proto::HttpResponse>(&checked))
    return answer(std::move(*refusal));
  auto call = std::make_shared<Export>();
  call->what = std::get<OtlpCall>(checked);
  call->origin = options_.cors.allowed_origin(request);
  call->size = request.body.size();
  call->received = clock_.now();
  call->began = clock_.monotonic();
  call->answer = std::move(answer);
  decode(call, std::move(request.body));
}

void OtlpReceiver::decode(const std::shared_ptr<Export>& call, std::string body) {
  auto inflated = inflate_otlp(call->what, std::move(body), options_.body_bytes);
  if (!inflated) return fail_decoding(*call, inflated.error());
  if (call->what.compression != codec::Compression::kNone) call->inflated = inflated->size();
  if (inflated_.fetch_add(call->inflated) + call->inflated > options_.inflated_bytes)
    return finish(*call, answer_error(call->what.encoding, 503,
                                      "too many inflated bodies wait for the sink"));
  auto decoded = decode_otlp(call->what, std::move(*inflated), call->received);
  if (!decoded) return fail_decoding(*call, decoded.error());
  write(call, std::move(*decoded));
}

void OtlpReceiver::fail_decoding(Export& call, const OtlpFailure& failure) {
  ledger_.count_undecodable(failure.reason, call.size);
  finish(call, answer_error(call.what.encoding, http_status(failure.code), failure.message));
}

void OtlpReceiver::write(const std::shared_ptr<Export>& call, codec::Decoded&& decoded) {
  const model::Signal signal = call->what.signal;
  ledger_.count(signal, pipeline::Outcome::kReceived, decoded.total);
  ledger_.count(signal, pipeline::Outcome::kRejected, decoded.rejected.count);
  mended_.add(decoded.batch.repaired_utf8);
  call->success = answer_export(call->what, decoded);
  const std::uint64_t records = decoded.batch.size();
  if (records == 0) return finish(*call, std::move(call->success));
  sink_.write(
      std::make_shared<const model::Batch>(std::move(decoded.batch)),
      [this, call, records](Result<void> result) { settle(*call, records, std::move(result)); });
}

void OtlpReceiver::settle(Export& call, std::uint64_t records, Result<void> result) {
  ledger_.count(call.what.signal, result ? pipeline::Outcome::kSent : pipeline::Outcome::kFailed,
                records);
  if (result) return finish(call, std::move(call.success));
  const Error& error = result.error();
  if (options_.on_sink_error) options_.on_sink_error(error);
  finish(call, answer_error(call.what.encoding, http_status(error.code), error.message));
}

void OtlpReceiver::finish(Export& call, proto::HttpResponse response) {
  inflated_.fetch_sub(call.inflated);
  seconds_[static_cast<std::size_t>(call.what.signal)]->observe(
      static_cast<double>(clock_.monotonic() - call.began) / static_cast<double>(kSecond));
  allow_origin(response, call.origin);
  call.answer(std::move(response));
}

}  // namespace obs::api
