// Reading OTLP protobuf: what the decoders of the three signals share. For the codec's own files.
//
// Messages are walked in place with protozero. Where a message that may occur once occurs again the
// last one counts, whole (protobuf would merge them; nothing sends such a thing). Groups and field
// numbers that protobuf reserves are malformed. protozero reads tags and lengths modulo 2^32, so
// that some damage protobuf's own libraries refuse passes as an unknown or shorter field.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/memory_claim.h"
#include "libobs/base/result.h"
#include "libobs/codec/columns.h"
#include "libobs/codec/otlp.h"
#include "libobs/codec/otlp_protobuf_fields.h"
#include "libobs/codec/protozero.h"
#include "libobs/model/batch.h"

namespace obs::codec::otlp {

using Reader = protozero::pbf_reader;

// Thrown to give a request up, and caught in decode_otlp_protobuf.
struct Abandoned {
  Errc code;
  const char* at;  // Into the request: the first byte not accepted.
  std::string_view what;
};

std::string_view to_text(const protozero::exception& error);

// Calls `handle` with each field of a message; it reads or skips the field's value. protozero says
// what is wrong by throwing, but not where: each level knows which field it was at.
template <class Handle>
void for_each_field(std::string_view message, Handle&& handle) {
  Reader field(message.data(), message.size());
  const char* at = message.data();
  try {
    while (field.next()) {
      handle(field);
      at = field.data().data();
    }
  } catch (const protozero::exception& error) {
    throw Abandoned{Errc::kMalformed, at, to_text(error)};
  }
}

// A list that grows while its message is read, and then moves to the arena. Lists nest (an
// attribute holds an array): each begins at a mark, the innermost lies on top, and the room is used
// again.
template <class T>
class Stack {
 public:
  std::size_t mark() const { return items_.size(); }
  std::size_t size() const { return items_.size(); }
  void push(const T& item) { items_.push_back(item); }
  // An item to be filled in where it lies: cheaper than a copy of what was just written.
  T& push() { return items_.emplace_back(); }

  // What was pushed since the mark, copied into the arena.
  std::span<const T> take(std::size_t mark, Arena& arena) {
    if (mark == items_.size()) return {};
    const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(mark);
    const auto kept = arena.copy_array<T>({begin, items_.end()});
    items_.erase(begin, items_.end());
    return kept;
  }

 private:
  std::vector<T> items_;
};

// Decodes into one batch. Everything that can be wrong with one record goes through reject();
// everything that is wrong with the request is thrown.
class Decoder {
 public:
  // `trusted`: the request comes from our own encoder, so kReceivedTime counts, and times are any
  // int64.
  Decoder(Decoded& out, std::string_view request, bool trusted);

  model::Batch& batch() { return batch_; }
  Arena& arena() { return *batch_.arena; }

  // What is being read is of an older OTLP: readers of today would not find it in the bytes.
  void note_older() { exact_ = false; }
  // False once anything was rejected, repaired or left aside: the columns say less than the bytes.
  bool is_exact() const { return exact_ && rejected_.count == 0 && batch_.repaired_utf8 == 0; }

  // A record begins at these bytes; end_record() says whether to keep it, and counts it if not.
  void begin_record(std::string_view message);
  bool end_record();
  // The record being read cannot be kept. `reason` is static text; the first one is told.
  void reject(std::string_view reason);

  // What is rejected while one of these lives, outside of a record (in a resource, a scope, a
  // metric), rejects every record that begins before its end.
  class Inherit {
   public:
    explicit Inherit(Decoder& decoder);
    ~Inherit() { decoder_.inherited_ = outer_; }
    bool rejects() const { return !decoder_.inherited_.empty(); }
    Inherit(const Inherit&) = delete;
    Inherit& operator=(const Inherit&) = delete;

   private:
    Decoder& decoder_;
    std::string_view outer_;
  };

  // Claims memory for what is about to be appended. Small messages cost more as columns than on the
  // wire (an empty log record 2 bytes against 121), so the sum is bounded; throws beyond.
  void claim(std::size_t bytes);

  std::string_view text(std::string_view raw) { return is_ascii(raw) ? raw : checked_text(raw); }
  Timestamp time(std::uint64_t sent, std::string_view reason);
  model::Value value(std::string_view message, int depth = 1);
  void attribute(std::string_view message, int depth = 1);  // Pushed on `attributes`.
  void label(std::string_view message);                     // Likewise, with a bare string.
  model::Attributes take_attributes(std::size_t mark) { return take(attributes, mark); }
  RecordTime record_time(Timestamp sent, Timestamp observed, Timestamp received_field);
  // Reads kReceivedTime, for record_time().
  Timestamp received_time(Reader& field);

  template <class Id>
  void id(std::string_view raw, Id& out, std::string_view reason);

  template <class T>
  void push(Stack<T>& stack, const T& item) {
    if (stack.size() < kMaxStack) {
      stack.push(item);
    } else {
      reject("more than 1048576 values in one record");
    }
  }

  template <class T>
  std::span<const T> take(Stack<T>& stack, std::size_t mark) {
    const auto items = stack.take(mark, arena());
    claim(items.size_bytes());
    return items;
  }

  Stack<model::KeyValue> attributes;
  Stack<model::Value> values;

 private:
  // Far above any real record; it bounds the stacks, which live beside the arena.
  static constexpr std::size_t kMaxStack = std::size_t{1} << 20;

  static bool is_ascii(std::string_view text);
  std::string_view checked_text(std::string_view raw);
  model::Value array(std::string_view message, int depth);
  model::Value map(std::string_view message, int depth);

  model::Batch& batch_;
  Rejected& rejected_;
  std::uint64_t& total_;
  const bool trusted_;
  bool exact_ = true;
  MemoryAllowance allowance_;
  const char* record_at_;       // Where the record being read begins.
  std::string_view reason_;     // Why it cannot be kept.
  std::string_view inherited_;  // Why nothing here can be.
};

// What a resource or a scope says, as bytes.
struct Head {
  std::uint32_t owner = 0;  // A scope's resource.
  std::string_view message;
  std::string_view schema_url;

  bool operator==(const Head&) const = default;
};

// Takes the records of a scope, or its metrics.
class ItemDecoder {
 public:
  virtual ~ItemDecoder() = default;
  virtual std::size_t size() const = 0;  // Items kept so far.
  virtual void reserve(std::size_t more) = 0;
  virtual void decode(std::string_view message, std::uint32_t scope) = 0;
  // A scope that items will be of, and the resource around it, as bytes. The last one of an index
  // counts.
  virtual void note_scope(std::uint32_t /*scope*/, const Head& /*resource*/, const Head& /*own*/) {}
};

// Walks a request down to its items. Resources and scopes that hold none are left out.
void decode_request(Decoder& decoder, std::string_view request, ItemDecoder& items);

void decode_logs(Decoder& decoder, std::string_view request);
void decode_spans(Decoder& decoder, std::string_view request);
void decode_metrics(Decoder& decoder, std::string_view request);

// Inline definitions.

template <class Word>
std::uint64_t load_word(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// Most text is short and ASCII; a call and a loop over bytes would be a third of decoding. The last
// words may overlap those before.
inline bool Decoder::is_ascii(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint64_t bits = 0;
  if (text.size() >= 8) {
    for (; end - at > 8; at += 8) bits |= load_word<std::uint64_t>(at);
    bits |= load_word<std::uint64_t>(end - 8);
  } else if (text.size() >= 4) {
    bits = load_word<std::uint32_t>(at) | load_word<std::uint32_t>(end - 4);
  } else {
    for (; at != end; ++at) bits |= static_cast<unsigned char>(*at);
  }
  return (bits & 0x8080808080808080U) == 0;
}

inline Timestamp Decoder::time(std::uint64_t sent, std::string_view reason) {
  if (sent > std::uint64_t{std::numeric_limits<Timestamp>::max()} && !trusted_) reject(reason);
  return static_cast<Timestamp>(sent);
}

template <class Id>
void Decoder::id(std::string_view raw, Id& out, std::string_view reason) {
  if (raw.size() == out.bytes.size()) {
    std::memcpy(out.bytes.data(), raw.data(), raw.size());
  } else if (raw.empty()) {
    out = {};
  } else {
    reject(reason);
  }
}

}  // namespace obs::codec::otlp
