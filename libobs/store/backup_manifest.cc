#include "libobs/store/backup_manifest.h"

#include <optional>

#include <fmt/format.h>

#include "libobs/base/arena.h"
#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/codec/json.h"

namespace obs::store {
namespace {

using model::Value;
using model::ValueKind;

constexpr std::string_view kChecksumKey = ",\n\"checksum\":\"";

std::string to_hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

void append_files(std::string& out, std::string_view key, const std::vector<BackupFile>& files) {
  out += fmt::format(",\n\"{}\":[", key);
  for (const BackupFile& file : files) {
    if (&file != files.data()) out += ',';
    out += "\n{\"path\":";
    append_json_string(out, file.path);
    if (file.store_path != file.path)
      append_json_string(out += ",\"store_path\":", file.store_path);
    out +=
        fmt::format(",\"bytes\":{},\"hash\":\"{}\"}}", file.facts.bytes, to_hex(file.facts.hash));
  }
  out += ']';
}

const Value* find(const Value& map, std::string_view key) {
  if (map.kind() != ValueKind::kMap) return nullptr;
  for (const model::KeyValue& member : map.as_map()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string_view text_of(const Value& map, std::string_view key) {
  const Value* value = find(map, key);
  return value != nullptr && value->is_string() ? value->as_string() : std::string_view();
}

std::uint64_t number_of(const Value& map, std::string_view key) {
  const Value* value = find(map, key);
  const bool good = value != nullptr && value->kind() == ValueKind::kInt && value->as_int() >= 0;
  return good ? static_cast<std::uint64_t>(value->as_int()) : 0;
}

std::optional<std::uint64_t> parse_hash(std::string_view text) {
  std::array<std::byte, 8> bytes{};
  if (!parse_hex(text, bytes)) return std::nullopt;
  std::uint64_t hash = 0;
  for (const std::byte byte : bytes) hash = hash << 8 | std::to_integer<std::uint64_t>(byte);
  return hash;
}

// Below the directory and nowhere else, whoever wrote the manifest.
bool is_plain_path(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

Failure<Error> refuse(std::string_view what) {
  return fail(Errc::kMalformed, fmt::format("{}: {}", kManifestFile, what));
}

Result<std::vector<BackupFile>> read_files(const Value& manifest, std::string_view key) {
  std::vector<BackupFile> files;
  const Value* list = find(manifest, key);
  if (list == nullptr || list->kind() != ValueKind::kArray) return refuse("a list is missing");
  for (const Value& item : list->as_array()) {
    BackupFile& file = files.emplace_back();
    file.path = text_of(item, "path");
    file.store_path = find(item, "store_path") ? text_of(item, "store_path") : file.path;
    if (!is_plain_path(file.path) || !is_plain_path(file.store_path)) {
      return refuse("a path leads out of the backup");
    }
    file.facts.bytes = number_of(item, "bytes");
    const auto hash = parse_hash(text_of(item, "hash"));
    if (!hash) return refuse("a checksum is none");
    file.facts.hash = *hash;
  }
  return files;
}

// The text without its last member, which is the checksum of what is before it.
bool is_whole(std::string_view json) {
  const std::size_t at = json.rfind(kChecksumKey);
  if (at == std::string_view::npos) return false;
  const auto hash = parse_hash(json.substr(at + kChecksumKey.size(), 16));
  return hash && *hash == hash64(json.substr(0, at));
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  std::string out = fmt::format("{{\"format\":{},\n\"store_id\":", kManifestFormat);
  append_json_string(out, manifest.store_id);
  out +=
      fmt::format(",\n\"time\":\"{}\",\n\"number\":{}", to_rfc3339(manifest.time), manifest.number);
  out += ",\n\"rows\":{";
  for (const model::Signal signal : model::kSignals) {
    if (out.back() != '{') out += ',';
    out += fmt::format("\"{}\":{}", model::to_string(signal),
                       manifest.rows[static_cast<std::size_t>(signal)]);
  }
  out += '}';
  append_files(out, "databases", manifest.databases);
  append_files(out, "parts", manifest.parts);
  const std::uint64_t checksum = hash64(out);
  return out + std::string(kChecksumKey) + to_hex(checksum) + "\"}\n";
}

Result<Manifest> parse_manifest(std::string_view json) {
  Arena arena;
  const auto value = codec::parse_json(json, arena);
  if (!value) return fail(to_error(value.error()).during(kManifestFile));
  if (number_of(*value, "format") > kManifestFormat) {
    return fail(Errc::kUnsupported, "the backup was made by a newer obs; use that");
  }
  if (!is_whole(json)) return refuse("it is damaged: its checksum differs");
  Manifest manifest;
  manifest.store_id = text_of(*value, "store_id");
  manifest.time = parse_rfc3339(text_of(*value, "time")).value_or(0);
  manifest.number = number_of(*value, "number");
  const Value* rows = find(*value, "rows");
  for (const model::Signal signal : model::kSignals) {
    if (rows == nullptr) return refuse("the counts are missing");
    manifest.rows[static_cast<std::size_t>(signal)] = number_of(*rows, model::to_string(signal));
  }
  OBS_TRY(manifest.databases, read_files(*value, "databases"));
  OBS_TRY(manifest.parts, read_files(*value, "parts"));
  return manifest;
}

}  // namespace obs::store
