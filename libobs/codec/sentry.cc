#include "libobs/codec/sentry.h"

#include <algorithm>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/sentry_items.h"

namespace obs::codec {

using model::Attributes;
using model::Value;

namespace {

constexpr std::size_t kEventIdDigits = 32;

std::string plain_event_id(Attributes header) {
  std::string id(text_of(header, "event_id"));
  std::erase(id, '-');
  return id.size() == kEventIdDigits ? id : std::string();
}

// A line of JSON, then as many bytes as it says, or the line that follows.
class EnvelopeDecoder {
 public:
  EnvelopeDecoder(std::string_view body, std::string_view project, Timestamp received)
      : body_(body), project_(project), batch_(body.size(), received) {}

  Result<SentryEnvelope, ParseError> decode();
  Result<SentryEnvelope, ParseError> decode_event();

 private:
  std::string_view take_line();
  Result<Attributes, ParseError> take_header();
  Result<std::string_view, ParseError> take_payload(Attributes header);
  void add_item(std::string_view type, std::string_view payload);
  void add_document(std::string_view type, Attributes document);
  Result<SentryEnvelope, ParseError> finish();

  const std::string_view body_;
  const std::string_view project_;
  std::size_t at_ = 0;
  EventBatch batch_;
  SentryEnvelope out_;
};

std::string_view EnvelopeDecoder::take_line() {
  const std::size_t end = std::min(body_.find('\n', at_), body_.size());
  const std::string_view line = body_.substr(at_, end - at_);
  at_ = std::min(end + 1, body_.size());
  return line;
}

Result<Attributes, ParseError> EnvelopeDecoder::take_header() {
  const std::size_t begin = at_;
  const auto header = batch_.parse(take_line());
  if (header && header->kind() == model::ValueKind::kMap) return header->as_map();
  ParseError error =
      header ? ParseError{Errc::kMalformed, 0, "expected an object"} : header.error();
  error.offset += begin;
  return fail(error);
}

Result<std::string_view, ParseError> EnvelopeDecoder::take_payload(Attributes header) {
  const auto length = number_of(header, "length");
  if (!length) return take_line();
  if (!(*length >= 0) || *length > static_cast<double>(body_.size() - at_))
    return fail(ParseError{Errc::kMalformed, at_, "an item's length is beyond the end"});
  const std::string_view payload = body_.substr(at_, static_cast<std::size_t>(*length));
  at_ += payload.size();
  if (at_ < body_.size() && body_[at_] == '\n') ++at_;
  return payload;
}

Result<SentryEnvelope, ParseError> EnvelopeDecoder::decode() {
  OBS_TRY(const Attributes header, take_header());
  out_.event_id = plain_event_id(header);
  // Items without a service of their own, such as logs, know it from nowhere else.
  set_sentry_resource(batch_, map_of(header, "trace"), project_);
  while (at_ < body_.size()) {
    if (body_[at_] == '\n') {
      ++at_;
      continue;
    }
    OBS_TRY(const Attributes item, take_header());
    OBS_TRY(const std::string_view payload, take_payload(item));
    add_item(text_of(item, "type"), payload);
  }
  return finish();
}

Result<SentryEnvelope, ParseError> EnvelopeDecoder::decode_event() {
  OBS_TRY(const Value tree, batch_.parse(body_));
  if (tree.kind() != model::ValueKind::kMap)
    return fail(ParseError{Errc::kMalformed, 0, "expected an object"});
  const Attributes event = as_object(tree);
  out_.event_id = plain_event_id(event);
  const bool is_transaction = text_of(event, "type") == "transaction";
  add_document(is_transaction ? "transaction" : "event", event);
  return finish();
}

void EnvelopeDecoder::add_item(std::string_view type, std::string_view payload) {
  constexpr std::string_view kKnown[] = {"event",    "transaction", "session",
                                         "sessions", "user_report", "feedback",
                                         "log",      "span",        "trace_metric"};
  if (std::find(std::begin(kKnown), std::end(kKnown), type) == std::end(kKnown)) return;
  const auto tree = batch_.parse(payload);
  if (!tree || tree->kind() != model::ValueKind::kMap)
    return batch_.logs().refuse("an item is no JSON object");
  add_document(type, tree->as_map());
}

void EnvelopeDecoder::add_document(std::string_view type, Attributes document) {
  if (type == "log") {
    for (const Value& item : items_of(document, "items"))
      add_sentry_log(batch_, as_object(item), project_);
    return;
  }
  if (type == "trace_metric") {
    for (const Value& item : items_of(document, "items"))
      add_sentry_metric(batch_, as_object(item), project_);
    return;
  }
  if (type == "span") {
    // A container, or one span of an older SDK.
    const auto items = items_of(document, "items");
    for (const Value& item : items) add_sentry_span(batch_, as_object(item), project_);
    if (items.empty()) add_sentry_span(batch_, document, project_);
    return;
  }
  set_sentry_resource(batch_, document, project_);
  if (type == "event") return add_sentry_event(batch_, document);
  if (type == "transaction") return add_sentry_transaction(batch_, document);
  if (type == "session") return add_sentry_session(batch_, document);
  if (type == "sessions") return add_sentry_aggregates(batch_, document);
  add_sentry_feedback(batch_, document);
}

Result<SentryEnvelope, ParseError> EnvelopeDecoder::finish() {
  if (!batch_.fits()) return fail(kTooManyItems);
  out_.parts = batch_.take();
  return std::move(out_);
}

}  // namespace

Result<SentryEnvelope, ParseError> decode_sentry_envelope(std::string_view body,
                                                          std::string_view project,
                                                          Timestamp received) {
  return EnvelopeDecoder(body, project, received).decode();
}

Result<SentryEnvelope, ParseError> decode_sentry_event(std::string_view body,
                                                       std::string_view project,
                                                       Timestamp received) {
  return EnvelopeDecoder(body, project, received).decode_event();
}

std::string_view find_dsn_key(std::string_view dsn) {
  const std::size_t begin = dsn.find("://");
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = dsn.substr(begin + 3);
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos) return {};
  // An old DSN has a secret behind the key.
  return rest.substr(0, std::min(at, rest.find(':')));
}

std::string find_envelope_dsn(std::string_view body) {
  EventBatch batch(0, 0);
  const auto header = batch.parse(body.substr(0, body.find('\n')));
  return header ? std::string(text_of(as_object(*header), "dsn")) : std::string();
}

}  // namespace obs::codec
