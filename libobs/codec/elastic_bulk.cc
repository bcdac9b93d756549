#include "libobs/codec/elastic_bulk.h"

#include <optional>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/elastic_document.h"
#include "libobs/codec/json_value.h"

namespace obs::codec {
namespace {

// Of the objects and arrays of one document that are open at a time.
constexpr std::size_t kMaxMembers = std::size_t{1} << 16;
// What an item takes here and in the answer, about.
constexpr std::size_t kItemBytes = 250;

constexpr std::string_view kActions[] = {"index", "create", "update", "delete"};

std::string_view find_action(std::string_view name) {
  for (const std::string_view action : kActions) {
    if (action == name) return action;
  }
  return {};
}

bool adds_record(std::string_view action) { return action == "index" || action == "create"; }

class BulkDecoder {
 public:
  BulkDecoder(std::size_t size, Timestamp received)
      : batch_(model::Signal::kLogs, size, received) {}

  Result<DecodedBulk, ParseError> decode(std::string_view body, std::string_view index);
  DecodedBulk decode_one(std::string_view body, std::string_view index, std::string_view id);

 private:
  std::optional<std::string_view> next_line();
  Result<BulkItem, ParseError> action(std::string_view line);
  void read_target(BulkItem& item);
  Result<void, ParseError> add(BulkItem item);
  void document(std::string_view text, BulkItem& item);
  DecodedBulk take() { return {batch_.take(), std::move(items_)}; }

  RequestBatch batch_;
  std::string_view body_;
  std::size_t at_ = 0;
  std::string_view index_;
  std::vector<BulkItem> items_;
  JsonReader json_;
  JsonValues values_{json_, batch_.arena(), JsonSpelling::kPlain, {kMaxValueDepth, kMaxMembers}};
};

// The next line that is not blank.
std::optional<std::string_view> BulkDecoder::next_line() {
  while (at_ < body_.size()) {
    const std::size_t end = std::min(body_.find('\n', at_), body_.size());
    const std::string_view line = body_.substr(at_, end - at_);
    at_ = std::min(end + 1, body_.size());
    if (!trim(line).empty()) return line;
  }
  return std::nullopt;
}

Result<DecodedBulk, ParseError> BulkDecoder::decode(std::string_view body, std::string_view index) {
  body_ = body;
  index_ = batch_.copy(index);
  while (const auto line = next_line()) {
    if (items_.size() == kMaxBulkItems)
      return fail(ParseError{Errc::kLimitExceeded, at_, "more than 200000 actions in one request"});
    OBS_TRY(const BulkItem item, action(*line));
    OBS_TRY_VOID(add(item));
    if (!batch_.fits()) return fail(kTooManyItems);
  }
  return take();
}

// {"create":{"_index":"logs","_id":"1"}}; some shippers put notes of their own behind the action.
Result<BulkItem, ParseError> BulkDecoder::action(std::string_view line) {
  const auto begin = static_cast<std::size_t>(line.data() - body_.data());
  BulkItem item;
  item.index = index_;
  if (batch_.start_json(json_, line)) {
    json_.members([&](std::string_view key) {
      if (!item.action.empty()) return json_.skip();
      item.action = find_action(key);
      if (item.action.empty()) return json_.fail("expected index, create, update or delete");
      if (json_.peek() != '{') return json_.fail("an action is not an object");
      read_target(item);
    });
  }
  if (json_.ok() && item.action.empty()) json_.fail("expected an action");
  if (json_.finish()) return item;
  ParseError error = RequestBatch::json_error(json_, line);
  error.offset += begin;
  return fail(error);
}

void BulkDecoder::read_target(BulkItem& item) {
  json_.members([&](std::string_view key) {
    std::string_view* const out = key == "_index" ? &item.index : key == "_id" ? &item.id : nullptr;
    if (out == nullptr || !json_.take_string(*out)) json_.skip();
  });
}

Result<void, ParseError> BulkDecoder::add(BulkItem item) {
  if (item.action != "delete") {
    const auto text = next_line();
    if (!text)
      return fail(ParseError{Errc::kMalformed, body_.size(), "the last action has no document"});
    if (adds_record(item.action)) document(*text, item);
  }
  if (!adds_record(item.action)) {
    item.error = "records are kept as they came: only index and create are taken";
    batch_.refuse(item.error);
  }
  batch_.claim(kItemBytes);
  items_.push_back(item);
  return {};
}

void BulkDecoder::document(std::string_view text, BulkItem& item) {
  if (batch_.start_json(json_, text) && json_.peek() == '{') {
    const model::Attributes members = values_.attributes();
    if (json_.finish()) {
      batch_.count_repairs(json_.repaired());
      return add_elastic_document(members, item.index, item.id, batch_);
    }
  } else if (json_.ok()) {
    json_.fail("a document is not an object");
  }
  const ParseError error = RequestBatch::json_error(json_, text);
  item.error = error.what;
  item.offset = error.offset;
  batch_.refuse(item.error);
}

DecodedBulk BulkDecoder::decode_one(std::string_view body, std::string_view index,
                                    std::string_view id) {
  BulkItem item;
  item.action = "create";
  item.index = batch_.copy(index);
  item.id = batch_.copy(id);
  document(body, item);
  items_.push_back(item);
  return take();
}

}  // namespace

Result<DecodedBulk, ParseError> decode_elastic_bulk(std::string_view body, std::string_view index,
                                                    Timestamp received) {
  return BulkDecoder(body.size(), received).decode(body, index);
}

DecodedBulk decode_elastic_document(std::string_view body, std::string_view index,
                                    std::string_view id, Timestamp received) {
  return BulkDecoder(body.size(), received).decode_one(body, index, id);
}

}  // namespace obs::codec
