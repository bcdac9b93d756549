#include "libobs/places/redis_entry.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::places {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kPlain = "otlp";
constexpr std::string_view kZstd = "otlp+zstd";

using Fields = std::vector<proto::RedisReply>;

proto::RedisReply* find_value(Fields& fields, std::string_view name) {
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    if (fields[i].text == name) return &fields[i + 1];
  }
  return nullptr;
}

Failure<Error> refuse(std::string_view field, std::string_view value) {
  return fail(Errc::kMalformed,
              fmt::format("field '{}' holds '{}'", field, repair_utf8(value.substr(0, 64))));
}

Result<void> parse_signal(std::string_view text, codec::Envelope& envelope) {
  for (model::Signal signal : model::kSignals) {
    if (model::to_string(signal) != text) continue;
    envelope.signal = signal;
    return {};
  }
  return refuse("sig", text);
}

Result<void> parse_numbers(std::string_view records, std::string_view received,
                           codec::Envelope& envelope) {
  const auto count = parse_uint(records);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return refuse("n", records);
  const auto time = parse_int(received);
  if (!time) return refuse("rt", received);
  envelope.records = static_cast<std::uint32_t>(*count);
  envelope.received = *time;
  return {};
}

Result<void> parse_encoding(std::string_view text, codec::Envelope& envelope) {
  if (text != kPlain && text != kZstd) return refuse("enc", text);
  envelope.encoding =
      text == kZstd ? codec::PayloadEncoding::kOtlpZstd : codec::PayloadEncoding::kOtlp;
  return {};
}

Result<void> check_version(Fields& fields) {
  const auto* version = find_value(fields, "v");
  if (!version) return fail(Errc::kMalformed, "it has no field 'v': not written by obs");
  if (version->text == kVersion) return {};
  return fail(Errc::kUnsupported, fmt::format("its version is {}, this obs reads {}",
                                              repair_utf8(version->text.substr(0, 64)), kVersion));
}

}  // namespace

std::vector<std::string_view> entry_fields(const codec::Envelope& envelope, std::string& scratch) {
  const std::string values[] = {model::to_hex(envelope.id), std::to_string(envelope.records),
                                std::to_string(envelope.received)};
  scratch.clear();
  for (const std::string& value : values) scratch += value;
  // Views only once nothing is appended any more.
  const std::string_view text = scratch;
  const auto id = text.substr(0, values[0].size());
  const auto records = text.substr(id.size(), values[1].size());
  const auto received = text.substr(id.size() + records.size());
  const auto encoding = envelope.encoding == codec::PayloadEncoding::kOtlpZstd ? kZstd : kPlain;
  return {"v",   kVersion,
          "id",  id,
          "sig", model::to_string(envelope.signal),
          "n",   records,
          "enc", encoding,
          "prj", envelope.project,
          "rt",  received,
          "d",   envelope.payload};
}

Result<RedisEntry> take_entry(proto::RedisReply&& reply) {
  if (reply.items.size() != 2) return fail(Errc::kMalformed, "a stream entry has two parts");
  return RedisEntry{std::move(reply.items[0].text), std::move(reply.items[1].items)};
}

Result<codec::Envelope> parse_entry(std::vector<proto::RedisReply>& fields) {
  OBS_TRY_VOID(check_version(fields));
  for (std::string_view name : {"id", "sig", "n", "enc", "prj", "rt", "d"}) {
    if (!find_value(fields, name)) {
      return fail(Errc::kMalformed, fmt::format("it has no field '{}'", name));
    }
  }
  codec::Envelope envelope;
  const std::string& id = find_value(fields, "id")->text;
  if (!model::parse_id(id, envelope.id)) return refuse("id", id);
  OBS_TRY_VOID(parse_signal(find_value(fields, "sig")->text, envelope));
  OBS_TRY_VOID(
      parse_numbers(find_value(fields, "n")->text, find_value(fields, "rt")->text, envelope));
  OBS_TRY_VOID(parse_encoding(find_value(fields, "enc")->text, envelope));
  const std::string& project = find_value(fields, "prj")->text;
  if (project.empty() || !is_valid_utf8(project)) return refuse("prj", project);
  envelope.project = project;
  envelope.payload = std::move(find_value(fields, "d")->text);
  return envelope;
}

}  // namespace obs::places
