#include "libobs/api/remote_write_door.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/snappy_frames.h"

namespace obs::api {
namespace {

using codec::RemoteWriteVersion;
using codec::RemoteWritten;

constexpr std::string_view kMediaType = "application/x-protobuf";
constexpr std::string_view kMessageV1 = "prometheus.WriteRequest";
constexpr std::string_view kMessageV2 = "io.prometheus.write.v2.Request";

bool is_v2(const proto::HttpRequest& request) {
  return find_remote_write(request) == RemoteWriteVersion::kV2;
}

void add_written(proto::HttpResponse& response, const RemoteWritten& written) {
  const auto add = [&response](std::string_view what, std::uint64_t count) {
    response.headers.emplace_back(fmt::format("X-Prometheus-Remote-Write-{}-Written", what),
                                  std::to_string(count));
  };
  add("Samples", written.samples);
  add("Histograms", written.histograms);
  add("Exemplars", written.exemplars);
}

// None, or snappy; some senders leave the header out.
bool is_snappy(const proto::HttpRequest& request) {
  const std::string_view coding = trim(request.header("content-encoding"));
  return coding.empty() || equals_ignore_case(coding, "snappy");
}

std::string_view unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

proto::HttpResponse answer(const codec::RemoteWrite& write) {
  const codec::Decoded& decoded = write.decoded;
  if (decoded.rejected.count == 0) return {204, {}, ""};
  return proto::text_response(400, decoded.rejected.message(decoded.total));
}

}  // namespace

std::optional<RemoteWriteVersion> find_remote_write(const proto::HttpRequest& request) {
  const std::string_view type = trim(request.header("content-type"));
  if (type.empty()) return RemoteWriteVersion::kV1;
  const std::vector<std::string_view> parts = split(type, ';');
  if (!equals_ignore_case(trim(parts.front()), kMediaType)) return std::nullopt;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view parameter = trim(parts[i]);
    const std::size_t equals = parameter.find('=');
    if (equals == parameter.npos) return std::nullopt;
    if (!equals_ignore_case(parameter.substr(0, equals), "proto")) continue;
    const std::string_view message = unquote(parameter.substr(equals + 1));
    if (message == kMessageV1) return RemoteWriteVersion::kV1;
    if (message == kMessageV2) return RemoteWriteVersion::kV2;
    return std::nullopt;
  }
  return RemoteWriteVersion::kV1;
}

bool RemoteWriteDoor::has(std::string_view path) const {
  return path == "/api/v1/write" || path == "/api/v1/push";
}

std::optional<proto::HttpResponse> RemoteWriteDoor::check(const proto::HttpRequest& request) const {
  if (request.method != "POST") {
    auto refusal =
        refuse(request, 405, fmt::format("{} takes POST, not {}", request.path, request.method));
    refusal.headers.emplace_back("Allow", "POST");
    return refusal;
  }
  if (!find_remote_write(request)) {
    return refuse(request, 415,
                  fmt::format("Content-Type '{}' is not {}, alone or with proto={} or proto={}",
                              request.header("content-type"), kMediaType, kMessageV1, kMessageV2));
  }
  if (!is_snappy(request)) {
    return refuse(request, 415,
                  fmt::format("Content-Encoding '{}' is not snappy, which remote write asks for",
                              request.header("content-encoding")));
  }
  if (codec::is_snappy_framed(request.body))
    return refuse(request, 400, "remote write takes a block of snappy, and this is in frames");
  return std::nullopt;
}

codec::Compression RemoteWriteDoor::compression(const proto::HttpRequest&) const {
  return codec::Compression::kSnappy;
}

Result<Intake, Refusal> RemoteWriteDoor::read(proto::HttpRequest& request,
                                              const Arrival& arrival) const {
  const RemoteWriteVersion version = *find_remote_write(request);
  const Hash128 content = hash128(request.body);
  auto write = codec::decode_remote_write(
      version, std::move(request.body), arrival.received,
      version == RemoteWriteVersion::kV1 ? known(arrival.project) : nullptr);
  if (!write) {
    return Failure<Refusal>{
        {400, "malformed",
         fmt::format("the body cannot be decoded as {}: {}",
                     version == RemoteWriteVersion::kV1 ? kMessageV1 : kMessageV2,
                     to_error(write.error()).message)}};
  }
  remember(arrival.project, std::move(write->metadata));
  seal(write->decoded, arrival, content);
  Intake intake;
  intake.success = answer(*write);
  if (version == RemoteWriteVersion::kV2) {
    add_written(intake.success, codec::count_written(write->decoded.batch.metrics));
  }
  intake.parts.push_back(std::move(write->decoded));
  return intake;
}

proto::HttpResponse RemoteWriteDoor::refuse(const proto::HttpRequest& request, int status,
                                            std::string_view message) const {
  auto response = with_retry_after(proto::text_response(status, message));
  if (is_v2(request)) add_written(response, {});
  return response;
}

codec::MetadataTablePtr RemoteWriteDoor::known(const std::string& project) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(project);
  return found == known_.end() ? nullptr : found->second;
}

// Tables are shared with batches and never change: what is new makes a new one. Senders repeat
// themselves every minute, mostly with nothing new.
void RemoteWriteDoor::remember(const std::string& project, codec::MetadataTable&& said) const {
  if (said.empty()) return;
  const std::lock_guard lock(mutex_);
  codec::MetadataTablePtr& known = known_[project];
  const auto is_known = [&known](const auto& entry) {
    const auto found = known->find(entry.first);
    return found != known->end() && found->second == entry.second;
  };
  if (known != nullptr && std::all_of(said.begin(), said.end(), is_known)) return;
  if (known != nullptr && known->size() + said.size() <= kMaxFamilies) {
    said.insert(known->begin(), known->end());
  }
  std::size_t text = 0;
  for (const auto& [name, family] : said) {
    text += name.size() + family.help.size() + family.unit.size();
  }
  if (text > kMaxFamilyText || said.size() > kMaxFamilies) return;
  known = std::make_shared<const codec::MetadataTable>(std::move(said));
}

}  // namespace obs::api
