#include "cmd/obs-pipe/decode_chunks.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "cmd/obs-pipe/lines.h"
#include "libobs/base/clock.h"
#include "libobs/codec/csv.h"
#include "libobs/codec/json.h"
#include "libobs/codec/json_documents.h"
#include "libobs/codec/logfmt.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"

namespace obs::pipe {
namespace {

// Lines for which growing, which takes twice the room, would be too much.
constexpr std::size_t kLongLines = 4 * kMiB;

void put(lang::Chunk& chunk, const std::string& lines) {
  chunk.buffer.trim();
  char* const data = chunk.buffer.reserve(lines.size(), 0);
  std::memcpy(data, lines.data(), lines.size());
  chunk.lines = {data, lines.size()};
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// No JSON: what the engine leaves out and counts.
constexpr std::string_view kSkippedLine = "?\n";

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
    put(chunk, out);
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
  using LineDecoder::LineDecoder;

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
};

// An input that is read whole, then decoded a chunk at a time.
class WholeDecoder : public Chunks {
 public:
  explicit WholeDecoder(std::unique_ptr<Chunks> input)
      : Chunks(input->name()), input_(std::move(input)) {}

  Result<bool> claim(lang::Chunk& chunk) final {
    if (input_) OBS_TRY_VOID(read());
    if (error_) return fail(*error_);
    std::string lines;
    bool more = true;
    while (more && lines.size() < kChunkBytes) {
      auto taken = next(lines);
      if (!taken) error_ = std::move(taken).error();
      more = taken && *taken;
    }
    put(chunk, lines);
    if (lines.empty() && error_) return fail(*error_);
    return !lines.empty();
  }
  Result<void> fill(lang::Chunk&) final { return {}; }

 protected:
  std::string_view text() const { return text_; }
  std::string_view rest_;  // Of the text.

  Failure<Error> refuse(const ParseError& error, std::size_t begin) const {
    const std::size_t at = std::min(begin + error.offset, text_.size());
    const auto line = 1 + std::count(text_.begin(), text_.begin() + at, '\n');
    const std::size_t newline = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
    const std::size_t byte = newline == std::string::npos ? at : at - newline - 1;
    return fail(
        Error{error.code, fmt::format("{}:{}: {} at byte {}", name(), line, error.what, byte)});
  }
  // Of a view into the text.
  std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - text_.data());
  }

 private:
  virtual Result<void> begin() = 0;
  // Appends the next record as a line; false when there is none.
  virtual Result<bool> next(std::string& out) = 0;

  Result<void> read() {
    lang::Chunk chunk;
    for (;;) {
      OBS_TRY(const bool more, input_->claim(chunk));
      if (!more) break;
      OBS_TRY_VOID(input_->fill(chunk));
      if (chunk.lines.size() > kMaxWhole - text_.size()) {
        return fail(Errc::kLimitExceeded,
                    fmt::format("read {}: over 4 GiB, which is as much as is read whole; split it, "
                                "or make it ndjson",
                                name()));
      }
      text_ += chunk.lines;
    }
    input_.reset();
    rest_ = text_;
    return begin();
  }

  std::unique_ptr<Chunks> input_;  // Until it is read.
  std::string text_;
  std::optional<Error> error_;  // What ends the input, once the records before it were handed on.
};

// Appends a document without the white space around its tokens, unless it is one line as it is.
void append_one_line(std::string& out, std::string_view document) {
  if (document.find_first_of("\r\n") == document.npos) {
    out += document;
    return;
  }
  bool in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    const bool is_break = c == '\n' || c == '\r';
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < document.size() && !is_break) out += document[i++];
    if (!in_string && (is_break || c == ' ' || c == '\t')) continue;
    if (document[i] == '\n' || document[i] == '\r') {
      out += document[i] == '\n' ? "\\n" : "\\r";
    } else {
      out += document[i];
    }
  }
}

class JsonDecoder final : public WholeDecoder {
 public:
  JsonDecoder(std::unique_ptr<Chunks> input, bool strict)
      : WholeDecoder(std::move(input)), strict_(strict) {}

 private:
  Result<void> begin() override {
    if (strict_) {
      if (const auto checked = codec::check_json(text()); !checked) {
        return refuse(checked.error(), 0);
      }
    } else if (rest_.starts_with("\xEF\xBB\xBF")) {
      rest_.remove_prefix(3);
    }
    return {};
  }

  Result<bool> next(std::string& out) override {
    for (;;) {
      const bool is_item = in_array_;
      std::string_view& from = is_item ? items_ : rest_;
      const std::size_t begin = offset_of(from);
      const auto value = is_item ? codec::next_json_item(from) : codec::next_json_document(from);
      if (!value) return refuse(value.error(), begin);
      if (!*value) {
        if (!is_item) return false;
        in_array_ = false;
      } else if (!is_item && (*value)->starts_with('[')) {
        items_ = (*value)->substr(1);
        in_array_ = true;
      } else {
        append_record(out, **value);
        return true;
      }
    }
  }

  static void append_record(std::string& out, std::string_view value) {
    const bool is_object = value.starts_with('{');
    if (!is_object) out += R"({"body":)";
    append_one_line(out, value);
    out += is_object ? "\n" : "}\n";
  }

  bool strict_;
  bool in_array_ = false;
  std::string_view items_;  // What is left of the array.
};

class CsvDecoder final : public WholeDecoder {
 public:
  CsvDecoder(std::unique_ptr<Chunks> input, BadLines bad)
      : WholeDecoder(std::move(input)), bad_(bad) {}

 private:
  Result<void> begin() override {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    OBS_TRY_VOID(take(header_));
    return {};
  }

  Result<bool> next(std::string& out) override {
    const std::size_t begin = std::min(rest_.find_first_not_of("\r\n"), rest_.size());
    rest_.remove_prefix(begin);
    const std::size_t at = offset_of(rest_);
    OBS_TRY(const bool more, take(fields_));
    if (!more) return false;
    const bool is_bad = bad_ != BadLines::kKept && fields_.size() != header_.size();
    if (is_bad && bad_ == BadLines::kRefused) {
      return refuse({Errc::kMalformed, 0, "a row with another number of fields than the header"},
                    at);
    }
    if (is_bad) {
      out += kSkippedLine;
      return true;
    }
    codec::append_csv_object(out, header_, fields_);
    out += '\n';
    return true;
  }

  Result<bool> take(std::vector<std::string>& fields) {
    const std::size_t begin = offset_of(rest_);
    const auto taken = codec::next_csv_record(rest_, fields);
    if (!taken) return refuse(taken.error(), begin);
    return *taken;
  }

  BadLines bad_;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
};

}  // namespace

bool is_read_whole(std::string_view format) { return format == "json" || format == "csv"; }

std::unique_ptr<Chunks> decode_chunks(std::unique_ptr<Chunks> input, std::string_view format,
                                      BadLines bad) {
  if (format == "json") {
    return std::make_unique<JsonDecoder>(std::move(input), bad == BadLines::kRefused);
  }
  if (format == "csv") return std::make_unique<CsvDecoder>(std::move(input), bad);
  if (format == "logfmt") return std::make_unique<LogfmtDecoder>(std::move(input), bad);
  if (format == "text") return std::make_unique<TextDecoder>(std::move(input));
  if (format == "otlp") return std::make_unique<OtlpDecoder>(std::move(input));
  return input;
}

}  // namespace obs::pipe
