#include "libobs/api/ndjson_door.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/api/plain_door.h"
#include "libobs/base/bytes.h"
#include "libobs/base/memory_claim.h"
#include "libobs/base/text.h"
#include "libobs/codec/json_documents.h"
#include "libobs/codec/ndjson.h"

namespace obs::api {
namespace {

// What a body may become in memory: a line of one byte is a record of two hundred. As for OTLP.
constexpr std::size_t kBudgetFloor = 64 * kMiB;
constexpr std::size_t kBudgetFactor = 8;
// How often the budget is looked at.
constexpr std::size_t kLinesBetween = 1024;
constexpr std::size_t kToldErrors = codec::kMaxToldRejections;

std::string error_text(std::string_view message) {
  std::string body = "{\"error\":";
  append_json_string(body, repair_utf8(message));
  return body += "}\n";
}

class Lines {
 public:
  Lines(std::string_view body, Timestamp received)
      : received_(received), allowance_(kBudgetFloor + kBudgetFactor * body.size()) {}

  Result<void, ParseError> add_body(std::string_view body) {
    const std::string_view text = trim(body);
    const bool is_array = text.starts_with('[') && trim(text.substr(1)).starts_with('{');
    return is_array ? add_array(text) : add_lines(body);
  }

  Intake take(const Arrival& arrival, const Hash128& content) {
    Intake intake;
    const std::size_t accepted = decoder_.size();
    for (model::Batch& batch : decoder_.take()) {
      codec::Decoded part;
      part.total = batch.size();
      part.batch = std::move(batch);
      seal(part, arrival, content);
      intake.parts.push_back(std::move(part));
    }
    if (rejected_.count > 0) tell_ledger(intake);
    intake.success = answer(accepted);
    return intake;
  }

 private:
  // Nobody knows of what signal a line is that cannot be read.
  void tell_ledger(Intake& intake) const {
    if (intake.parts.empty()) intake.parts.emplace_back();
    intake.parts.front().rejected = rejected_;
    intake.parts.front().total += rejected_.count;
  }

  Result<void, ParseError> add(std::string_view line) {
    if (++line_ % kLinesBetween == 0 && !claim_growth())
      return fail(ParseError{Errc::kLimitExceeded, 0, "body holds too many tiny lines"});
    if (const auto added = decoder_.add_line(line, received_); !added) {
      rejected_.add(line_, added.error().what);
      if (errors_.size() < kToldErrors) errors_.push_back(to_error(added.error()).message);
    }
    return {};
  }

  bool claim_growth() {
    const std::size_t before = std::exchange(bytes_, decoder_.bytes());
    return allowance_.take(bytes_ - before);
  }

  Result<void, ParseError> add_lines(std::string_view body) {
    while (!body.empty()) {
      const std::size_t end = std::min(body.find('\n'), body.size());
      OBS_TRY_VOID(add(body.substr(0, end)));
      body.remove_prefix(std::min(end + 1, body.size()));
    }
    return {};
  }

  Result<void, ParseError> add_array(std::string_view text) {
    std::string_view inside = text.substr(1);
    const auto failure = [&](std::string_view what) {
      const auto offset = static_cast<std::size_t>(inside.data() - text.data());
      return fail(ParseError{Errc::kMalformed, offset, what});
    };
    for (;;) {
      const auto item = codec::next_json_item(inside);
      if (!item) return failure(item.error().what);
      if (!*item) break;
      OBS_TRY_VOID(add(**item));
    }
    if (inside != "]") return failure("text behind the array");
    return {};
  }

  proto::HttpResponse answer(std::size_t accepted) const {
    std::string body = fmt::format("{{\"accepted\":{}", accepted);
    if (rejected_.count > 0) body += fmt::format(",\"rejected\":{},\"errors\":[", rejected_.count);
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      body +=
          fmt::format("{}{{\"line\":{},\"message\":", i == 0 ? "" : ",", rejected_.first[i].index);
      append_json_string(body, errors_[i]);
      body += '}';
    }
    body += rejected_.count > 0 ? "]}\n" : "}\n";
    return proto::json_response(rejected_.count > 0 ? 400 : 200, std::move(body));
  }

  codec::NdjsonDecoder decoder_{{.trusted = false, .strict = false}};
  const Timestamp received_;
  MemoryAllowance allowance_;
  std::size_t bytes_ = 0;  // Of the decoder, at the last look.
  std::size_t line_ = 0;
  codec::Rejected rejected_;
  std::vector<std::string> errors_;
};

}  // namespace

std::optional<proto::HttpResponse> NdjsonDoor::check(const proto::HttpRequest& request) const {
  if (auto refusal = refuse_method(request, {"POST"})) return refusal;
  return refuse_encoding(request);
}

Result<Intake, Refusal> NdjsonDoor::read(proto::HttpRequest& request,
                                         const Arrival& arrival) const {
  const Hash128 content = hash128(request.body);
  Lines lines(request.body, arrival.received);
  if (const auto added = lines.add_body(request.body); !added)
    return fail(refuse_body("lines of records", added.error()));
  return lines.take(arrival, content);
}

proto::HttpResponse NdjsonDoor::refuse(const proto::HttpRequest&, int status,
                                       std::string_view message) const {
  return with_retry_after(proto::json_response(status, error_text(message)));
}

}  // namespace obs::api
