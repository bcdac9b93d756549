#include "libobs/proto/http_parser.h"

#include <algorithm>
#include <optional>
#include <string>

#include <llhttp.h>

#include "libobs/base/text.h"

namespace obs::proto {
namespace {

// Room made at once for a body of announced length. A longer one earns its room by arriving, since
// the number is a stranger's: so many times what is there. Pages that nothing is written to are not
// taken; copying what is there to a larger room is what costs.
constexpr std::size_t kFirstReserve = kMiB;
constexpr std::size_t kTrust = 8;

// What a chunked body may spend on sizes, extensions and trailers. Real senders stay below a
// percent; one-byte chunks cost five bytes each.
constexpr std::size_t kFramingFree = 64 * kKiB;
constexpr std::size_t kFramingPerByte = 8;

constexpr std::string_view kLongTarget = "the request target is too long";
constexpr std::string_view kLongBody = "the body is over the limit";
constexpr std::string_view kFolded = "a header is folded over two lines";

std::size_t count_header(const HttpHeaders& headers, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](auto& header) {
    return equals_ignore_case(header.first, name);
  }));
}

}  // namespace

struct HttpParser::State {
  explicit State(HttpParserLimits bounds) : limits(bounds) {
    start();
    llhttp_init(&parser, HTTP_REQUEST, &settings());
    parser.data = this;
  }

  static const llhttp_settings_t& settings();
  static State& of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }

  void start();
  int refuse(int status, std::string_view what);
  void add_to_name(std::string_view piece);
  int finish_head();
  bool fits(std::uint64_t more) const {
    return more <= body_limit && body_bytes <= body_limit - more;
  }
  int add_body(std::string_view piece);
  std::optional<HttpError> check_head() const;
  Bytes readable(Bytes input) const;
  bool is_folded(std::string_view taken);
  std::optional<HttpError> check_taken(std::string_view taken, bool was_in_body);
  Event fail(HttpError why);
  Event fail(llhttp_errno_t code);

  llhttp_t parser;
  HttpParserLimits limits;
  HttpRequest request;
  HttpError error;

  std::string target;
  std::size_t head_bytes = 0;   // Of this request, as sent.
  std::size_t body_bytes = 0;   // Without framing.
  std::size_t frame_bytes = 0;  // With it.
  std::size_t body_limit = 0;
  std::size_t content_length = 0;
  bool target_done = false;   // The target is there whole.
  bool begun = false;         // A byte of the request line has been seen.
  bool in_body = false;       // kHead has been told.
  bool in_value = false;      // The last header callback was for a value.
  bool after_lf = false;      // The last head byte taken was a line feed.
  bool body_pending = false;  // kHead was told by the last call.
  bool done = false;          // kRequest was told by the last call.
  bool skip = false;
  bool chunked = false;
  bool keep_alive = true;
  bool has_refused = false;  // One of our callbacks has, and `error` says why.
  bool failed = false;
};

const llhttp_settings_t& HttpParser::State::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_message_begin = [](llhttp_t* caller) {
      of(caller).begun = true;
      return 0;
    };
    made.on_url = [](llhttp_t* caller, const char* at, std::size_t size) -> int {
      of(caller).target.append(at, size);
      return 0;
    };
    // Limits are looked at where a thing ends: pieces of it come as the input was cut.
    made.on_url_complete = [](llhttp_t* caller) -> int {
      State& state = of(caller);
      state.target_done = true;
      if (state.target.size() <= state.limits.target_bytes) return 0;
      return state.refuse(414, kLongTarget);
    };
    made.on_header_field = [](llhttp_t* caller, const char* at, std::size_t size) {
      of(caller).add_to_name({at, size});
      return 0;
    };
    made.on_header_field_complete = [](llhttp_t* caller) -> int {
      State& state = of(caller);
      if (state.in_body) return 0;
      if (state.request.headers.size() > state.limits.header_count)
        return state.refuse(431, "too many headers");
      return state.request.headers.back().first.empty()
                 ? state.refuse(400, "a header without a name")
                 : 0;
    };
    made.on_header_value = [](llhttp_t* caller, const char* at, std::size_t size) {
      State& state = of(caller);
      state.in_value = true;
      if (!state.in_body) state.request.headers.back().second.append(at, size);
      return 0;
    };
    made.on_header_value_complete = [](llhttp_t* caller) {
      of(caller).in_value = true;
      return 0;
    };
    made.on_headers_complete = [](llhttp_t* caller) { return of(caller).finish_head(); };
    // In a chunked body content_length is what the chunk says of itself. Nothing is gained by
    // waiting for what would be over the limit.
    made.on_chunk_header = [](llhttp_t* caller) -> int {
      State& state = of(caller);
      return state.fits(caller->content_length) ? 0 : state.refuse(413, kLongBody);
    };
    made.on_body = [](llhttp_t* caller, const char* at, std::size_t size) {
      return of(caller).add_body({at, size});
    };
    made.on_message_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
    return made;
  }();
  return kSettings;
}

// Makes ready for the next request; the parser itself needs no reset between two.
void HttpParser::State::start() {
  request = {};
  target.clear();
  head_bytes = body_bytes = frame_bytes = content_length = 0;
  body_limit = limits.body_bytes;
  target_done = begun = in_body = in_value = after_lf = body_pending = done = skip = chunked =
      false;
}

int HttpParser::State::refuse(int status, std::string_view what) {
  error = {status, what};
  has_refused = true;
  return HPE_USER;
}

void HttpParser::State::add_to_name(std::string_view piece) {
  if (in_body) return;  // A trailer.
  HttpHeaders& headers = request.headers;
  if (in_value || headers.empty()) headers.emplace_back();
  in_value = false;
  headers.back().first.append(piece);
}

int HttpParser::State::finish_head() {
  if (auto problem = check_head()) return refuse(problem->status, problem->what);
  request.method = llhttp_method_name(static_cast<llhttp_method_t>(parser.method));
  if (!set_target(request, target)) return refuse(400, "the request target is not a path");
  for (auto& [name, value] : request.headers) value.resize(value.find_last_not_of(" \t") + 1);
  chunked = (parser.flags & F_CHUNKED) != 0;
  content_length = chunked ? 0 : parser.content_length;
  keep_alive = parser.http_minor == 1 && llhttp_should_keep_alive(&parser) != 0;
  in_body = true;
  return HPE_PAUSED;
}

std::optional<HttpError> HttpParser::State::check_head() const {
  if (parser.http_major != 1 || parser.http_minor > 1)
    return HttpError{505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  if (parser.method == HTTP_CONNECT) return HttpError{501, "CONNECT is not spoken here"};
  const std::size_t hosts = count_header(request.headers, "host");
  if (hosts > 1) return HttpError{400, "more than one Host header"};
  if (hosts == 0 && parser.http_minor == 1) return HttpError{400, "no Host header"};
  if ((parser.flags & F_TRANSFER_ENCODING) == 0) return std::nullopt;
  // RFC 9112, 6.1: HTTP/1.0 has no chunks; what claims both has been tampered with on its way.
  if (parser.http_minor == 0) return HttpError{400, "Transfer-Encoding in HTTP/1.0"};
  if (!equals_ignore_case(trim(find_header(request.headers, "transfer-encoding")), "chunked"))
    return HttpError{501, "the only transfer coding known here is chunked"};
  return std::nullopt;
}

int HttpParser::State::add_body(std::string_view piece) {
  if (!fits(piece.size())) return refuse(413, kLongBody);
  body_bytes += piece.size();
  if (skip) return 0;
  std::string& body = request.body;
  const std::size_t wanted = body.size() + piece.size();
  if (wanted > body.capacity()) {
    const std::size_t room = std::max((chunked ? 2 : kTrust) * body.capacity(), kFirstReserve);
    body.reserve(std::max(wanted, chunked ? room : std::min(content_length, room)));
  }
  body.append(piece);
  return 0;
}

// While the head is incomplete, no more of it than its limit allows, so that padding which llhttp
// does not report counts too.
Bytes HttpParser::State::readable(Bytes input) const {
  if (in_body) return input;
  return input.first(std::min(input.size(), limits.head_bytes - head_bytes));
}

// llhttp takes a line that begins with white space for a continuation of the header before it.
// RFC 9112, 5.2 lets a server refuse that, and others do not read it as we would.
bool HttpParser::State::is_folded(std::string_view taken) {
  if (taken.empty()) return false;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (after_lf && is_blank(taken.front())) return true;
  after_lf = taken.back() == '\n';
  for (std::size_t lf = 0; (lf = taken.find('\n', lf)) != taken.npos && ++lf < taken.size();) {
    if (is_blank(taken[lf])) return true;
  }
  return false;
}

// Whether the bytes just taken may stand, whatever llhttp made of them.
std::optional<HttpError> HttpParser::State::check_taken(std::string_view taken, bool was_in_body) {
  if (!was_in_body) {
    head_bytes += taken.size();
    if (is_folded(taken)) return HttpError{400, kFolded};
    if (head_bytes < limits.head_bytes || in_body) return std::nullopt;
    if (!target.empty() && !target_done) return HttpError{414, kLongTarget};
    return HttpError{431, "the request line and headers are too long"};
  }
  frame_bytes += taken.size();
  if (frame_bytes - body_bytes > kFramingFree + kFramingPerByte * body_bytes)
    return HttpError{400, "the chunks are mostly framing"};
  return std::nullopt;
}

HttpParser::Event HttpParser::State::fail(HttpError why) {
  error = why;
  failed = true;
  return Event::kError;
}

HttpParser::Event HttpParser::State::fail(llhttp_errno_t code) {
  if (has_refused) return fail(error);
  if (code == HPE_PAUSED_H2_UPGRADE || code == HPE_INVALID_VERSION)
    return fail({505, "only HTTP/1.0 and HTTP/1.1 are spoken here"});
  return fail({400, llhttp_get_error_reason(&parser)});
}

HttpParser::HttpParser(HttpParserLimits limits) : state_(std::make_unique<State>(limits)) {}
HttpParser::~HttpParser() = default;

HttpParser::Event HttpParser::next(Bytes& input) {
  State& state = *state_;
  if (state.failed) return Event::kError;
  if (state.done) state.start();
  while (true) {
    const bool was_in_body = state.in_body;
    // Once the head is in, llhttp may end the request without another byte.
    if (input.empty() && !(was_in_body && state.body_pending)) return Event::kNeedMore;
    state.body_pending = false;
    const std::string_view offered = input.empty() ? "" : as_text(state.readable(input));
    const llhttp_errno_t code = llhttp_execute(&state.parser, offered.data(), offered.size());
    const char* const stopped = llhttp_get_error_pos(&state.parser);
    const auto taken = code == HPE_OK ? offered.size() : std::size_t(stopped - offered.data());
    input = input.subspan(taken);

    if (code == HPE_PAUSED_UPGRADE) {  // Left over from the request before: we stay with HTTP/1.
      llhttp_resume_after_upgrade(&state.parser);
      continue;
    }
    // What is wrong with the bytes up to where llhttp stopped comes before what it stopped for, as
    // it would had they come one by one.
    if (code != HPE_OK && code != HPE_PAUSED) {
      const bool folded = !was_in_body && state.is_folded(offered.substr(0, taken));
      return folded ? state.fail({400, kFolded}) : state.fail(code);
    }
    if (auto problem = state.check_taken(offered.substr(0, taken), was_in_body)) {
      state.in_body = was_in_body;  // A head that may not stand was never told.
      return state.fail(*problem);
    }
    if (code == HPE_OK) continue;

    llhttp_resume(&state.parser);
    state.body_pending = !was_in_body;
    state.done = was_in_body;
    return was_in_body ? Event::kRequest : Event::kHead;
  }
}

HttpRequest& HttpParser::request() { return state_->request; }

HttpRequest HttpParser::take_request() { return std::move(state_->request); }

void HttpParser::skip_body(std::size_t limit) {
  state_->skip = true;
  state_->body_limit = limit;
}

const HttpError& HttpParser::error() const { return state_->error; }

std::size_t HttpParser::content_length() const { return state_->content_length; }

bool HttpParser::has_body() const { return state_->chunked || state_->content_length > 0; }

bool HttpParser::expects_continue() const {
  return has_body() && state_->parser.http_minor == 1 &&
         equals_ignore_case(state_->request.header("expect"), "100-continue");
}

bool HttpParser::unknown_expectation() const {
  const std::string_view expectation = state_->request.header("expect");
  return !expectation.empty() && !equals_ignore_case(expectation, "100-continue");
}

bool HttpParser::keep_alive() const { return state_->keep_alive; }

bool HttpParser::in_request() const { return state_->begun && !state_->done; }

bool HttpParser::in_body() const { return state_->in_body && !state_->done; }

std::size_t HttpParser::body_read() const { return state_->body_bytes; }

}  // namespace obs::proto
