// A door: one protocol over HTTP as functions from a request to batches and from what became of
// them to an answer. Pure and of any thread; Receiver stands behind all doors with the sink, the
// gate and the ledger, so that a door knows nothing but its protocol.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/hash.h"
#include "libobs/base/result.h"
#include "libobs/codec/compress.h"
#include "libobs/codec/otlp.h"
#include "libobs/pipeline/series_guard.h"
#include "libobs/proto/http.h"

namespace obs::api {

// The specification of OTLP's recommendation for a body, before inflation as after it.
inline constexpr std::size_t kDefaultBodyBytes = std::size_t{64} << 20;

// What is known of a request beside what its sender says.
struct Arrival {
  Timestamp received = 0;
  std::string project = "default";         // By authentication alone.
  pipeline::SeriesGuard* guard = nullptr;  // Of metrics; null: none.
};

// Why a request is not taken.
struct Refusal {
  int status = 400;          // As the protocol has it: 4xx when a retry cannot succeed.
  std::string_view reason;   // A word for the ledger, static: "malformed".
  std::string message;       // For the sender.
  Duration retry_after = 0;  // When a retry may succeed, where that is known.
};

// What a body held. Batches without records are left out of what is written; the others have their
// ids (seal()).
struct Intake {
  std::vector<codec::Decoded> parts;
  proto::HttpResponse success;  // Once the sink has acknowledged all of them.
};

class Door {
 public:
  virtual ~Door() = default;

  // Its stage in the ledger and on /metrics: "otlp_http".
  virtual std::string_view name() const = 0;
  // Whether requests to this path are its own.
  virtual bool has(std::string_view path) const = 0;

  // Before the body: what refuses the request (405, 415), or answers it without one; nullopt when
  // its body may come.
  virtual std::optional<proto::HttpResponse> check(const proto::HttpRequest& request) const = 0;

  // How the body is compressed; asked after check(). As written here by Content-Encoding, with none
  // for what check() should have refused.
  virtual codec::Compression compression(const proto::HttpRequest& request) const;

  // The key with which the sender shows who it is, where the protocol has a place of its own for
  // it beside those that every door has (x-api-key, bearer, basic). As written here: nowhere.
  virtual std::optional<std::string> credential(const proto::HttpRequest& request) const;

  // Whether that key may stand in the body, so that the gate must wait for it. As written here: no.
  virtual bool credential_is_in_body(const proto::HttpRequest& request) const;

  // Decodes the body, which has been inflated; it may be taken over.
  virtual Result<Intake, Refusal> read(proto::HttpRequest& request,
                                       const Arrival& arrival) const = 0;

  // An error as the protocol puts it, ours or the server's. The request may have lost its body. For
  // 429 and 503 it says when to come again.
  virtual proto::HttpResponse refuse(const proto::HttpRequest& request, int status,
                                     std::string_view message) const = 0;

  // Tells the client how long to stay away. As written here: Retry-After, in whole seconds.
  virtual void ask_to_wait(proto::HttpResponse& response, Duration wait) const;
};

// The token of Content-Encoding or grpc-encoding: those of codec::parse_compression(), and what the
// Collector's exporters send besides: "zlib", "snappy" (a block or frames) and "x-snappy-framed".
std::optional<codec::Compression> parse_coding(std::string_view token);
inline constexpr std::string_view kCodings = "gzip, deflate, zstd, br, snappy";

// What a Content-Encoding header asks for; nullopt when it is unknown or there are several, which
// is a 415.
std::optional<codec::Compression> find_compression(const proto::HttpRequest& request);

// codec::decompress(), of frames of snappy too.
Result<std::string> inflate(codec::Compression compression, std::string_view body,
                            std::size_t limit);

// Retry-After, on answers that ask to come again (429, 503).
proto::HttpResponse with_retry_after(proto::HttpResponse response);

// Says whose the batch is, takes out points that the guard refuses (they are told in `rejected`, so
// the answer is made after this), and gives it its id if it has records. `content` is the hash of
// the bytes it was decoded from, so that a request that is sent again is the same batch.
void seal(codec::Decoded& decoded, const Arrival& arrival, const Hash128& content);

// The status that tells a sender the right thing to do: retry (503) or not (400, 413, 500).
int http_status(Errc code);

}  // namespace obs::api

namespace obs {

inline Failure<api::Refusal> fail(api::Refusal refusal) { return {std::move(refusal)}; }

}  // namespace obs
