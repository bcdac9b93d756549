#include "libobs/api/elastic_door.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libobs/api/plain_door.h"
#include "libobs/base/text.h"
#include "libobs/codec/elastic_bulk.h"

namespace obs::api {
namespace {

// Clients compare it with their own; ours is one that those of 7 to 9 take.
constexpr std::string_view kVersion = "8.19.0";
// Clients refuse servers without it.
constexpr std::pair<std::string_view, std::string_view> kProduct = {"X-Elastic-Product",
                                                                    "Elasticsearch"};

constexpr std::size_t kMaxIndexName = 255;

// What a request wants.
struct Target {
  enum Kind { kNone, kRoot, kPage, kBulk, kDocument } kind = kNone;
  std::string index;
  std::string id;
};

// What shippers read, or write, before they send: pages that say enough.
struct Page {
  std::string_view path;  // Or the start of one.
  std::string_view body;
};
constexpr Page kPages[] = {
    {"/_license", R"({"license":{"status":"active","type":"basic","uid":"obs"}})"},
    {"/_xpack", R"({"build":{},"features":{},"license":{"status":"active","type":"basic"}})"},
    {"/_cluster/health", R"({"cluster_name":"obs","status":"green","timed_out":false})"},
    {"/_ilm/policy", "{}"},
    {"/_index_template", R"({"acknowledged":true,"index_templates":[]})"},
    {"/_component_template", R"({"acknowledged":true,"component_templates":[]})"},
    {"/_template", R"({"acknowledged":true})"},
    {"/_ingest/pipeline", R"({"acknowledged":true})"},
    {"/_data_stream", R"({"acknowledged":true,"data_streams":[]})"},
    {"/_nodes", R"({"cluster_name":"obs","nodes":{}})"},
};

const Page* find_page(std::string_view path) {
  for (const Page& page : kPages) {
    if (!path.starts_with(page.path)) continue;
    if (path.size() == page.path.size() || path[page.path.size()] == '/') return &page;
  }
  return nullptr;
}

bool is_index(std::string_view name) {
  return !name.empty() && name.front() != '_' && name.size() <= kMaxIndexName;
}

// /INDEX/_doc, /INDEX/_doc/ID, /INDEX/_create/ID, /INDEX/_bulk
Target find_index_target(std::string_view path) {
  const auto parts = split(path.substr(1), '/');
  if (parts.size() < 2 || parts.size() > 3 || !is_index(parts[0])) return {};
  const std::string id(parts.size() == 3 ? parts[2] : "");
  if (parts[1] == "_bulk" && parts.size() == 2) return {Target::kBulk, std::string(parts[0]), {}};
  if (parts[1] == "_doc" || (parts[1] == "_create" && !id.empty()))
    return {Target::kDocument, std::string(parts[0]), id};
  return {};
}

Target find_target(std::string_view path) {
  if (path == "/") return {Target::kRoot, {}, {}};
  if (path == "/_bulk") return {Target::kBulk, {}, {}};
  if (find_page(path) != nullptr) return {Target::kPage, {}, {}};
  return path.starts_with('/') ? find_index_target(path) : Target();
}

// In the media type that the client asked for: those of 8 and 9 want their own back.
proto::HttpResponse answer_json(const proto::HttpRequest& request, int status, std::string body) {
  constexpr std::string_view kOwnType = "application/vnd.elasticsearch+json";
  const std::string_view accept = request.header("accept");
  proto::HttpResponse response = proto::json_response(status, std::move(body));
  if (accept.starts_with(kOwnType)) {
    for (auto& [header, value] : response.headers) {
      if (equals_ignore_case(header, "content-type")) value = accept.substr(0, accept.find(','));
    }
  }
  response.headers.emplace_back(kProduct.first, kProduct.second);
  return response;
}

std::string_view error_type(int status) {
  switch (status) {
    case 401:
    case 403: return "security_exception";
    case 413: return "content_too_long_exception";
    case 429: return "es_rejected_execution_exception";
    case 503: return "unavailable_shards_exception";
    case 500: return "exception";
    default: return "illegal_argument_exception";
  }
}

void append_error(std::string& out, std::string_view type, std::string_view reason) {
  out += fmt::format("{{\"type\":\"{}\",\"reason\":", type);
  append_json_string(out, repair_utf8(reason));
}

std::string error_body(int status, std::string_view message) {
  const std::string_view type = error_type(status);
  std::string body = "{\"error\":{\"root_cause\":[";
  append_error(body, type, message);
  body += fmt::format("}}],\"type\":\"{}\",\"reason\":", type);
  append_json_string(body, repair_utf8(message));
  return body += fmt::format("}},\"status\":{}}}", status);
}

std::string root_body() {
  return fmt::format(
      R"({{"name":"obs","cluster_name":"obs","cluster_uuid":"obs","version":{{"number":"{}",)"
      R"("build_flavor":"default","build_type":"tar","lucene_version":"9.12.2",)"
      R"("minimum_wire_compatibility_version":"7.17.0",)"
      R"("minimum_index_compatibility_version":"7.0.0"}},"tagline":"You Know, for Search"}})",
      kVersion);
}

// A document that was sent again has the id that it had.
std::string make_id(const Hash128& content, std::size_t item) {
  std::string id;
  append_hex(id, std::span(content).first(8));
  return id + fmt::format("{:06x}", item);
}

void append_target(std::string& out, const codec::BulkItem& item, const std::string& made_id) {
  out += "{\"_index\":";
  append_json_string(out, item.index.empty() ? "obs" : item.index);
  out += ",\"_id\":";
  append_json_string(out, item.id.empty() ? made_id : item.id);
}

constexpr std::string_view kCreated =
    R"(,"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},)"
    R"("_seq_no":0,"_primary_term":1)";

std::string item_error(const codec::BulkItem& item) {
  return fmt::format("{} at byte {}", item.error, item.offset);
}

void append_item(std::string& out, const codec::BulkItem& item, const std::string& made_id) {
  out += fmt::format("{{\"{}\":", item.action);
  append_target(out, item, made_id);
  if (item.error.empty()) {
    out += kCreated;
    out += ",\"status\":201}}";
    return;
  }
  out += ",\"status\":400,\"error\":";
  append_error(out, "document_parsing_exception", item_error(item));
  out += "}}}";
}

std::string bulk_body(const codec::DecodedBulk& bulk, const Hash128& content) {
  std::string body = fmt::format("{{\"took\":0,\"errors\":{},\"items\":[",
                                 bulk.logs.rejected.count > 0 ? "true" : "false");
  for (std::size_t i = 0; i < bulk.items.size(); ++i) {
    if (i > 0) body += ',';
    append_item(body, bulk.items[i], make_id(content, i));
  }
  return body += "]}";
}

Intake make_elastic_intake(codec::DecodedBulk&& bulk, const Arrival& arrival,
                           const Hash128& content, proto::HttpResponse success) {
  seal(bulk.logs, arrival, content);
  Intake intake;
  intake.success = std::move(success);
  intake.parts.push_back(std::move(bulk.logs));
  return intake;
}

std::string method_text(const proto::HttpRequest& request) {
  return fmt::format("{} does not take {}", request.path, request.method);
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }
bool is_write(std::string_view method) { return method == "POST" || method == "PUT"; }

}  // namespace

bool ElasticDoor::has(std::string_view path) const {
  return find_target(path).kind != Target::kNone;
}

std::optional<proto::HttpResponse> ElasticDoor::check(const proto::HttpRequest& request) const {
  const Target target = find_target(request.path);
  if (target.kind == Target::kPage)
    return answer_json(request, 200, std::string(find_page(request.path)->body));
  if (target.kind == Target::kRoot && is_read(request.method))
    return answer_json(request, 200, root_body());
  if (target.kind == Target::kRoot || !is_write(request.method)) {
    auto refusal = refuse(request, 405, method_text(request));
    refusal.headers.emplace_back("Allow", target.kind == Target::kRoot ? "GET, HEAD" : "POST, PUT");
    return refusal;
  }
  const std::string type = request.media_type();
  if (!type.empty() && type.find("json") == std::string::npos)
    return refuse(
        request, 415,
        fmt::format("Content-Type header [{}] is not supported", request.header("content-type")));
  if (!find_compression(request))
    return refuse(request, 415,
                  "Content-Encoding is not one of gzip, deflate, zstd, br, snappy and identity");
  return std::nullopt;
}

Result<Intake, Refusal> ElasticDoor::read(proto::HttpRequest& request,
                                          const Arrival& arrival) const {
  const Target target = find_target(request.path);
  const Hash128 content = hash128(request.body);
  if (target.kind == Target::kDocument) {
    auto one =
        codec::decode_elastic_document(request.body, target.index, target.id, arrival.received);
    const codec::BulkItem item = one.items.front();
    if (!item.error.empty())
      return fail(Refusal{400, "malformed", "failed to parse: " + item_error(item)});
    std::string body;
    append_target(body, item, make_id(content, 0));
    body += kCreated;
    return make_elastic_intake(std::move(one), arrival, content,
                               answer_json(request, 201, body + "}"));
  }
  auto bulk = codec::decode_elastic_bulk(request.body, target.index, arrival.received);
  if (!bulk) return fail(refuse_body("a bulk request", bulk.error()));
  auto success = answer_json(request, 200, bulk_body(*bulk, content));
  return make_elastic_intake(std::move(*bulk), arrival, content, std::move(success));
}

proto::HttpResponse ElasticDoor::refuse(const proto::HttpRequest& request, int status,
                                        std::string_view message) const {
  return with_retry_after(answer_json(request, status, error_body(status, message)));
}

}  // namespace obs::api
