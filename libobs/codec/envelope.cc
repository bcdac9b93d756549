#include "libobs/codec/envelope.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp_protobuf.h"

namespace obs::codec {
namespace {

constexpr std::string_view kMagic = "OBE";
constexpr std::uint8_t kVersion = 1;

constexpr std::size_t kVersionAt = 3;
constexpr std::size_t kSignalAt = 4;
constexpr std::size_t kEncodingAt = 5;
constexpr std::size_t kProjectLengthAt = 6;
constexpr std::size_t kRecordsAt = 8;
constexpr std::size_t kPayloadLengthAt = 12;
constexpr std::size_t kReceivedAt = 16;
constexpr std::size_t kIdAt = 24;
constexpr std::size_t kHeaderSize = 40;

template <class Unsigned>
void append_little(std::string& out, Unsigned number) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    out.push_back(static_cast<char>(number >> (8 * i)));
  }
}

template <class Unsigned>
Unsigned read_little(std::string_view bytes, std::size_t at) {
  Unsigned number = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + i]);
    number = static_cast<Unsigned>(number | (Unsigned{byte} << (8 * i)));
  }
  return number;
}

Failure<ParseError> malformed(std::size_t offset, std::string_view what) {
  return fail(ParseError{Errc::kMalformed, offset, what});
}

// The bytes that hold the whole batch: its wire, unless some of its times are only ours to know.
std::string_view own_bytes(const model::Batch& batch, std::string& room) {
  if (!batch.wire.empty()) return batch.wire;
  room = encode_own_protobuf(batch);
  return room;
}

// All but the payload.
Envelope head_of(const model::Batch& batch) {
  Envelope envelope;
  envelope.id = batch.id;
  envelope.signal = batch.signal;
  envelope.records = static_cast<std::uint32_t>(batch.size());
  envelope.project = batch.project;
  envelope.received = batch.received;
  return envelope;
}

void append_parts(std::string& out, const Envelope& head, std::string_view payload) {
  out.reserve(out.size() + kHeaderSize + head.project.size() + payload.size());
  out.append(kMagic);
  append_little(out, kVersion);
  append_little(out, static_cast<std::uint8_t>(head.signal));
  append_little(out, static_cast<std::uint8_t>(head.encoding));
  append_little(out, static_cast<std::uint16_t>(head.project.size()));
  append_little(out, head.records);
  append_little(out, static_cast<std::uint32_t>(payload.size()));
  append_little(out, static_cast<std::uint64_t>(head.received));
  out.append(as_text(head.id.bytes));
  out.append(head.project);
  out.append(payload);
}

// An envelope without its payload, and where that is.
struct Parts {
  Envelope head;
  std::string_view payload;
};

Result<Parts, ParseError> parse_parts(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) return malformed(0, "not an envelope");
  if (bytes.size() < kHeaderSize) return malformed(bytes.size(), "envelope is cut short");
  if (read_little<std::uint8_t>(bytes, kVersionAt) != kVersion) {
    return fail(ParseError{Errc::kUnsupported, kVersionAt, "envelope of another version"});
  }
  const auto signal = read_little<std::uint8_t>(bytes, kSignalAt);
  if (signal >= model::kSignalCount) return malformed(kSignalAt, "unknown signal in envelope");
  const auto encoding = read_little<std::uint8_t>(bytes, kEncodingAt);
  if (encoding > static_cast<std::uint8_t>(PayloadEncoding::kOtlpZstd)) {
    return malformed(kEncodingAt, "unknown payload encoding in envelope");
  }
  const std::size_t project = read_little<std::uint16_t>(bytes, kProjectLengthAt);
  const std::size_t payload = read_little<std::uint32_t>(bytes, kPayloadLengthAt);
  const std::size_t whole = kHeaderSize + project + payload;
  if (bytes.size() < whole) return malformed(bytes.size(), "envelope is cut short");
  if (bytes.size() > whole) return malformed(whole, "bytes after the end of an envelope");
  if (!is_valid_utf8(bytes.substr(kHeaderSize, project))) {
    return malformed(kHeaderSize, "project of an envelope is not UTF-8");
  }

  Envelope envelope;
  envelope.signal = static_cast<model::Signal>(signal);
  envelope.encoding = static_cast<PayloadEncoding>(encoding);
  envelope.records = read_little<std::uint32_t>(bytes, kRecordsAt);
  envelope.received = static_cast<Timestamp>(read_little<std::uint64_t>(bytes, kReceivedAt));
  std::memcpy(envelope.id.bytes.data(), bytes.data() + kIdAt, envelope.id.bytes.size());
  envelope.project = bytes.substr(kHeaderSize, project);
  return Parts{std::move(envelope), bytes.substr(kHeaderSize + project)};
}

// The batch of an envelope whose payload was decoded.
Result<model::Batch> finish(Envelope head, Result<Decoded, ParseError> decoded) {
  if (!decoded) return fail(to_error(decoded.error()).during("decode batch payload"));
  model::Batch& batch = decoded->batch;
  if (batch.size() != head.records) {
    return fail(Errc::kMalformed,
                fmt::format("batch payload holds {} records, its envelope says {}", batch.size(),
                            head.records));
  }
  batch.id = head.id;
  batch.project = std::move(head.project);
  return std::move(batch);
}

}  // namespace

Envelope seal(const model::Batch& batch, bool zstd) {
  Envelope envelope = head_of(batch);
  std::string room;
  const std::string_view plain = own_bytes(batch, room);
  if (zstd) {
    envelope.payload = compress_zstd_quickly(plain);
    envelope.encoding = PayloadEncoding::kOtlpZstd;
    if (envelope.payload.size() < plain.size()) return envelope;
  }
  envelope.payload = plain;
  envelope.encoding = PayloadEncoding::kOtlp;
  return envelope;
}

Result<model::Batch> open_envelope(Envelope envelope, std::size_t limit) {
  if (envelope.encoding == PayloadEncoding::kOtlpZstd) {
    auto inflated = decompress(Compression::kZstd, envelope.payload, limit);
    if (!inflated) return fail(std::move(inflated).error().during("open batch payload"));
    envelope.payload = *std::move(inflated);
  }
  auto decoded =
      decode_own_protobuf(envelope.signal, std::move(envelope.payload), envelope.received);
  return finish(std::move(envelope), std::move(decoded));
}

Result<model::Batch> open_envelope_in_place(std::string_view bytes,
                                            std::shared_ptr<const void> owner, std::size_t limit) {
  auto parsed = parse_parts(bytes);
  if (!parsed) return fail(to_error(parsed.error()));
  if (parsed->head.encoding != PayloadEncoding::kOtlp) {
    parsed->head.payload = parsed->payload;
    return open_envelope(std::move(parsed->head), limit);
  }
  auto decoded = decode_own_protobuf(parsed->head.signal, parsed->payload, std::move(owner),
                                     parsed->head.received);
  return finish(std::move(parsed->head), std::move(decoded));
}

void append_envelope(std::string& out, const Envelope& envelope) {
  append_parts(out, envelope, envelope.payload);
}

void append_wire_envelope(std::string& out, const model::Batch& batch) {
  append_parts(out, head_of(batch), batch.wire);
}

Result<Envelope, ParseError> parse_envelope(std::string_view bytes) {
  OBS_TRY(Parts parts, parse_parts(bytes));
  parts.head.payload = parts.payload;
  return std::move(parts.head);
}

}  // namespace obs::codec
