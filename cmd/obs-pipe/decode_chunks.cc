#include "cmd/obs-pipe/decode_chunks.h"

#include "cmd/obs-pipe/decode_records.h"
#include "cmd/obs-pipe/lines.h"
#include "libobs/base/clock.h"
#include "libobs/codec/json.h"
#include "libobs/codec/logfmt.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"

namespace obs::pipe {
namespace {

// Lines for which growing, which takes twice the room, would be too much.
constexpr std::size_t kLongLines = 4 * kMiB;

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// An input whose records are whole lines: decoded beside others'.
class LineDecoder : public Chunks {
 public:
  explicit LineDecoder(std::unique_ptr<Chunks> input)
      : Chunks(input->name()), input_(std::move(input)) {}

  Result<bool> claim(lang::Chunk& chunk) final { return input_->claim(chunk); }
  bool is_ahead() const final { return input_->is_ahead(); }
  // A line that cannot be decoded ends the chunk.
  Result<void> fill(lang::Chunk& chunk) final {
    OBS_TRY_VOID(input_->fill(chunk));
    std::string out;
    std::size_t number = 0;
    std::string_view lines = chunk.lines;
    if (chunk.begins_file) drop_mark(lines);
    if (lines.size() > kLongLines) out.reserve(lines.size() + lines.size() / 8);
    for (; !lines.empty() && !chunk.error; ++number) {
      const auto decoded = decode(without_return(take_line(lines)), out);
      if (decoded) continue;
      const ParseError& error = decoded.error();
      chunk.error = lang::RunError{to_error(error), number, error.offset};
    }
    put_lines(chunk, out);
    return {};
  }

 private:
  // Appends lines. Any thread.
  virtual Result<void, ParseError> decode(std::string_view line, std::string& out) const = 0;

  std::unique_ptr<Chunks> input_;
};

void append_body(std::string& out, std::string_view text) {
  out += R"({"body":)";
  codec::append_plain_value(out, model::Value::string(text));
  out += "}\n";
}

class TextDecoder final : public LineDecoder {
 public:
  using LineDecoder::LineDecoder;

 private:
  Result<void, ParseError> decode(std::string_view line, std::string& out) const override {
    append_body(out, line);
    return {};
  }
};

class LogfmtDecoder final : public LineDecoder {
 public:
  LogfmtDecoder(std::unique_ptr<Chunks> input, BadLines bad)
      : LineDecoder(std::move(input)), bad_(bad) {}

 private:
  // A line for a line, so that bad ones can be told by their number.
  Result<void, ParseError> decode(std::string_view line, std::string& out) const override {
    if (!line.empty() && bad_ != BadLines::kKept) {
      const auto checked = codec::check_logfmt(line);
      if (!checked && bad_ == BadLines::kRefused) return checked;
      if (!checked) {
        out += kSkippedLine;
        return {};
      }
    }
    if (line.empty() || codec::append_logfmt_object(out, line)) {
      out += '\n';
    } else {
      append_body(out, line);
    }
    return {};
  }

  BadLines bad_;
};

class OtlpDecoder final : public LineDecoder {
 public:
  OtlpDecoder(std::unique_ptr<Chunks> input, BadLines bad)
      : LineDecoder(std::move(input)), skips_(bad == BadLines::kSkipped) {}

 private:
  // A request's first key says its signal; before it there is only white space.
  static std::optional<model::Signal> signal_of(std::string_view line) {
    const std::string_view head = line.substr(0, 64);
    if (head.find("\"resourceLogs\"") != head.npos) return model::Signal::kLogs;
    if (head.find("\"resourceSpans\"") != head.npos) return model::Signal::kSpans;
    if (head.find("\"resourceMetrics\"") != head.npos) return model::Signal::kMetrics;
    return std::nullopt;
  }

  Result<void, ParseError> decode(std::string_view line, std::string& out) const override {
    if (line.empty()) return {};
    const auto decoded = decode_request(line, out);
    if (decoded || !skips_) return decoded;
    out += kSkippedLine;
    return {};
  }

  static Result<void, ParseError> decode_request(std::string_view line, std::string& out) {
    const auto signal = signal_of(line);
    if (!signal) {
      return fail(ParseError{Errc::kMalformed, 0,
                             "no OTLP request: it begins with none of resourceLogs, resourceSpans "
                             "and resourceMetrics"});
    }
    auto decoded = codec::decode_otlp_json(*signal, line, system_clock().now());
    if (!decoded) return fail(decoded.error());
    codec::append_ndjson(out, decoded->batch);
    return {};
  }

  bool skips_;
};

}  // namespace

bool may_span_lines(std::string_view format) { return format == "json" || format == "csv"; }

std::unique_ptr<Chunks> decode_chunks(std::unique_ptr<Chunks> input, std::string_view format,
                                      BadLines bad) {
  if (format == "json") return decode_json(std::move(input), bad == BadLines::kRefused);
  if (format == "csv") return decode_csv(std::move(input), bad);
  if (format == "logfmt") return std::make_unique<LogfmtDecoder>(std::move(input), bad);
  if (format == "text") return std::make_unique<TextDecoder>(std::move(input));
  if (format == "otlp") return std::make_unique<OtlpDecoder>(std::move(input), bad);
  return input;
}

}  // namespace obs::pipe
