// {"streams":[{"stream":{label:value…},"values":[["<ns>","line",{metadata}]…]}…]}, and what
// /api/prom/push took: {"streams":[{"labels":"{…}","entries":[{"ts":"<RFC 3339>","line":"…"}…]}…]}.

#include <optional>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/codec/json_value.h"
#include "libobs/codec/loki.h"
#include "libobs/codec/loki_batch.h"
#include "libobs/codec/loki_labels.h"

namespace obs::codec {

using model::KeyValue;
using model::Value;

namespace {

// Of one entry's metadata or one stream's labels.
constexpr std::size_t kMaxMembers = 4096;

constexpr std::string_view kBadTime = "the time is not a number of nanoseconds up to 2262";

class JsonDecoder {
 public:
  JsonDecoder(std::size_t size, Timestamp received) : loki_(size, received) {}

  Result<Decoded, ParseError> decode(std::string_view request);

 private:
  bool is_well() {
    if (!loki_.batch().fits()) json_.fail(kTooManyItems.what, kTooManyItems.code);
    return json_.ok();
  }
  void stream();
  void labels_object();
  void labels_text();
  void entries(JsonReader::Position at);
  void entry();
  void entry_array();
  void entry_object();
  void time();
  void line();
  void metadata();

  LokiBatch loki_;
  JsonReader json_;
  JsonValues values_{json_,
                     loki_.batch().arena(),
                     JsonSpelling::kPlain,
                     {kMaxValueDepth, kMaxMembers, true, true}};
  std::vector<KeyValue> labels_;
  std::optional<std::string_view> labels_problem_;

  // Of the entry under way.
  Timestamp time_ = 0;
  std::string_view line_;
  std::vector<KeyValue> metadata_;
  std::string_view refusal_;
};

Result<Decoded, ParseError> JsonDecoder::decode(std::string_view request) {
  if (loki_.batch().start_json(json_, request)) {
    json_.members([&](std::string_view key) {
      if (key != "streams" || json_.peek() != '[') return json_.skip();
      json_.items([&] { stream(); });
    });
  }
  if (!json_.finish()) return fail(RequestBatch::json_error(json_, request));
  loki_.batch().count_repairs(json_.repaired());
  return loki_.batch().take();
}

// The labels may stand behind the entries, so these wait until the object is over.
void JsonDecoder::stream() {
  labels_.clear();
  labels_problem_ = "the stream has no labels";
  JsonReader::Position at = nullptr;
  json_.members([&](std::string_view key) {
    if (key == "stream" && json_.peek() == '{') return labels_object();
    if (key == "labels" && json_.peek() == '"') return labels_text();
    if ((key == "values" || key == "entries") && json_.peek() == '[') at = json_.position();
    json_.skip();
  });
  if (!json_.ok() || at == nullptr) return;
  if (labels_problem_) {
    loki_.begin_refused(*labels_problem_);
  } else {
    loki_.begin_stream(labels_);
  }
  entries(at);
}

void JsonDecoder::labels_object() {
  for (KeyValue label : values_.attributes()) {
    if (!label.value.is_string()) {
      std::string text;
      append_plain_value(text, label.value);
      label.value = Value::string(loki_.batch().arena().copy(text));
    }
    labels_.push_back(label);
  }
  labels_problem_.reset();
  if (values_.take_left_out()) labels_problem_ = "more than 4096 labels";
}

void JsonDecoder::labels_text() {
  std::string_view text;
  json_.take_string(text);
  const auto parsed = parse_loki_labels(text, loki_.batch().arena(), labels_);
  labels_problem_.reset();
  if (!parsed) labels_problem_ = parsed.error().what;
}

void JsonDecoder::entries(JsonReader::Position at) {
  const JsonReader::Position behind = json_.position();
  json_.seek(at);
  json_.items([&] {
    if (is_well()) entry();
  });
  json_.seek(behind);
}

void JsonDecoder::entry() {
  time_ = 0;
  line_ = {};
  metadata_.clear();
  refusal_ = {};
  if (json_.peek() == '[') {
    entry_array();
  } else if (json_.peek() == '{') {
    entry_object();
  } else {
    return json_.fail("an entry is neither [time, line] nor an object");
  }
  if (json_.ok()) loki_.add_entry(time_, line_, metadata_, refusal_);
}

void JsonDecoder::entry_array() {
  int place = 0;
  json_.items([&] {
    switch (place++) {
      case 0: return time();
      case 1: return line();
      case 2: return metadata();
      default: return json_.skip();
    }
  });
  if (place < 2) json_.fail("an entry has no line");
}

void JsonDecoder::entry_object() {
  json_.members([&](std::string_view key) {
    if (key == "ts" || key == "timestamp") return time();
    if (key == "line") return line();
    if (key == "structuredMetadata") return metadata();
    json_.skip();
  });
}

void JsonDecoder::time() {
  std::string_view text;
  JsonNumber number;
  std::optional<Timestamp> time;
  if (json_.take_string(text)) {
    time = parse_int(text);
    if (!time) time = parse_rfc3339(text);
  } else if (json_.take_number(number)) {
    if (number.kind == JsonNumber::kInt) time = number.as_int;
  } else {
    json_.skip();
  }
  if (time && *time >= 0) {
    time_ = *time;
  } else {
    refusal_ = kBadTime;
  }
}

void JsonDecoder::line() {
  if (json_.take_string(line_)) return;
  refusal_ = "the line is not a string";
  json_.skip();
}

void JsonDecoder::metadata() {
  if (json_.take_null()) return;
  if (json_.peek() != '{') {
    refusal_ = "structured metadata is not an object";
    return json_.skip();
  }
  const model::Attributes members = values_.attributes();
  metadata_.assign(members.begin(), members.end());
  if (values_.take_left_out()) refusal_ = "more than 4096 pairs of structured metadata";
}

}  // namespace

Result<Decoded, ParseError> decode_loki_json(std::string_view request, Timestamp received) {
  return JsonDecoder(request.size(), received).decode(request);
}

}  // namespace obs::codec
