// Reading OTLP JSON: what the decoders of the three signals share. For the codec's own files.
//
// Keys come in any order, so a resource, a scope and a metric get their place in the batch when
// their object begins, and are filled in as their keys turn up. null is absent everywhere; unknown
// keys are skipped; snake_case keys are taken for the lowerCamelCase ones they stand for, since
// some protobuf libraries print them so.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/memory_claim.h"
#include "libobs/codec/columns.h"
#include "libobs/codec/json_keys.h"
#include "libobs/codec/json_reader.h"
#include "libobs/codec/otlp.h"
#include "libobs/model/batch.h"

namespace obs::codec::otlp_json {

// "resource_logs" as "resourceLogs"; what does not fit is no key of ours.
class CamelKey {
 public:
  explicit CamelKey(std::string_view snake);
  operator std::string_view() const { return {text_, size_}; }

 private:
  char text_[40];
  std::size_t size_ = 0;
};

class Decoder {
 public:
  Decoder(JsonReader& json, Decoded& out, std::size_t request_size);

  JsonReader& json() { return json_; }
  model::Batch& batch() { return batch_; }
  Arena& arena() { return *batch_.arena; }

  // What is refused while a Level lives is a reason against everything in it: a record, or all the
  // records of a metric, a scope or a resource.
  class Level {
   public:
    explicit Level(Decoder& decoder) : decoder_(decoder), outer_(decoder.reason_) {
      decoder.reason_ = &reason_;
    }
    ~Level() { decoder_.reason_ = outer_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    std::string_view reason() const { return reason_; }

   private:
    Decoder& decoder_;
    std::string_view* outer_;
    std::string_view reason_;
  };

  // `reason` is static text; the first one counts.
  void refuse(std::string_view reason) {
    if (reason_->empty()) *reason_ = reason;
  }

  // Counts a record that was read. False when it cannot be kept.
  bool count_record(const Level& level);

  // What was counted so far; a whole group can be taken back to here.
  struct Counted {
    std::uint64_t total = 0;
    std::uint64_t rejected = 0;
    std::size_t told = 0;
  };
  Counted counted() const;
  // Refuses every record counted since then, for one reason.
  void refuse_since(const Counted& start, std::string_view reason);

  // Claims memory for what is about to be appended: an empty record is three bytes of JSON and a
  // hundred of columns, so the sum is bounded. Fails the request beyond.
  void claim(std::size_t bytes);

  // Calls field(f) for each known key of the object that is next and whose value is not null.
  // Anything but an object is refused for `reason`.
  template <class Table, class Field>
  void object(const Table& table, std::string_view reason, Field&& field);
  // Calls item() for each item of the array that is next; anything else is refused.
  template <class Item>
  void array(std::string_view reason, Item&& item);

  // Each reads the value that is next, or refuses it for `reason` and leaves `out` as it was.
  void text(std::string_view& out, std::string_view reason);
  void boolean(bool& out, std::string_view reason);
  void number(double& out, std::string_view reason);
  void time(Timestamp& out, std::string_view reason);
  template <class Integer>
  void integer(Integer& out, std::string_view reason);
  template <class Id>
  void id(Id& out, std::string_view reason);
  // An integer, or a name such as "SPAN_KIND_SERVER".
  using ParseName = std::optional<std::int32_t> (*)(std::string_view name);
  void enumeration(std::int32_t& out, ParseName parse, std::string_view reason);
  // An int64 that does not fit is kept as a double.
  void integer_value(model::Value& out, std::string_view reason);
  void number_value(model::Value& out, std::string_view reason);

  // An AnyValue.
  model::Value value(int depth = 1);
  model::Attributes attributes(int depth = 1);

  // Lists grow beside the arena, bounded, and move there when they are whole.
  template <class T>
  void push(std::vector<T>& list, const T& item);
  template <class T>
  std::span<const T> keep(const std::vector<T>& list, std::size_t first = 0);

 private:
  // An integer of either sign, to be narrowed. Not valid: the value was something else.
  struct WideInteger {
    std::uint64_t magnitude = 0;
    bool negative = false;
    bool valid = false;
  };
  static WideInteger widen(const JsonNumber& number);
  static WideInteger widen(std::string_view text);
  static std::optional<std::int64_t> to_int64(const WideInteger& wide);
  WideInteger take_integer();

  template <class T>
  std::span<const T> pop(std::vector<T>& stack, std::size_t first);

  model::Value array_value(int depth);
  model::Value map_value(int depth);
  model::Value bytes_value();
  void attribute(int depth);

  JsonReader& json_;
  model::Batch& batch_;
  Rejected& rejected_;
  std::uint64_t& total_;
  MemoryAllowance allowance_;
  std::string_view root_reason_;
  std::string_view* reason_ = &root_reason_;
  // Items of the arrays and maps that are open, innermost last.
  std::vector<model::Value> values_;
  std::vector<model::KeyValue> entries_;
};

// Takes the records of a scope, or its metrics.
class Items {
 public:
  virtual ~Items() = default;
  virtual std::size_t size() const = 0;  // Items kept so far.
  // Drops the items from `size` on.
  virtual void truncate(std::size_t size) = 0;
  // Reads the one that is next.
  virtual void decode(std::uint32_t scope) = 0;
};

template <class Columns>
void truncate_rows(Columns& columns, std::size_t size) {
  for_each_column(columns, [size](auto& column) { column.resize(size); });
}

// Reads a request. Resources and scopes that hold no items are left out.
void decode_request(Decoder& decoder, Items& items);

void decode_logs(Decoder& decoder);
void decode_spans(Decoder& decoder);
void decode_metrics(Decoder& decoder);

// Inline definitions.

template <class Table, class Field>
void Decoder::object(const Table& table, std::string_view reason, Field&& field) {
  if (json_.peek() != '{') {
    if (!json_.take_null())
      refuse(reason);
    else
      return;
    return json_.skip();
  }
  json_.members([&](std::string_view key) {
    auto known = table.find(key);
    if (known == decltype(known){} && key.find('_') != key.npos) known = table.find(CamelKey(key));
    if (json_.take_null()) return;
    if (known == decltype(known){}) return json_.skip();
    field(known);
  });
}

template <class Item>
void Decoder::array(std::string_view reason, Item&& item) {
  if (json_.peek() == '[') return json_.items(item);
  refuse(reason);
  json_.skip();
}

template <class Integer>
void Decoder::integer(Integer& out, std::string_view reason) {
  using Limits = std::numeric_limits<Integer>;
  const WideInteger wide = take_integer();
  const auto max = static_cast<std::uint64_t>(Limits::max());
  const std::uint64_t limit = !wide.negative ? max : Limits::is_signed ? max + 1 : 0;
  if (!wide.valid || wide.magnitude > limit) return refuse(reason);
  out = static_cast<Integer>(wide.negative ? 0 - wide.magnitude : wide.magnitude);
}

template <class Id>
void Decoder::id(Id& out, std::string_view reason) {
  std::string_view hex;
  if (!json_.take_string(hex)) {
    refuse(reason);
    return json_.skip();
  }
  if (hex.empty()) {
    out = {};
  } else if (!model::parse_id(hex, out)) {
    refuse(reason);
  }
}

// Far above any real record.
inline constexpr std::size_t kMaxList = std::size_t{1} << 20;

template <class T>
void Decoder::push(std::vector<T>& list, const T& item) {
  if (list.size() < kMaxList) {
    list.push_back(item);
  } else {
    refuse("more than 1048576 values in one record");
  }
}

template <class T>
std::span<const T> Decoder::pop(std::vector<T>& stack, std::size_t first) {
  const std::span<const T> kept = keep(stack, first);
  stack.resize(first);
  return kept;
}

template <class T>
std::span<const T> Decoder::keep(const std::vector<T>& list, std::size_t first) {
  const std::span<const T> kept(list.data() + first, list.size() - first);
  if (kept.empty()) return {};
  claim(kept.size_bytes());
  return json_.ok() ? std::span<const T>(arena().copy_array(kept)) : std::span<const T>();
}

}  // namespace obs::codec::otlp_json
