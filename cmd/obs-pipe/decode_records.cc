#include "cmd/obs-pipe/decode_records.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cmd/obs-pipe/lines.h"
#include "libobs/codec/csv.h"
#include "libobs/codec/json_documents.h"

namespace obs::pipe {
namespace {

// A window moves over the text: behind it are the records that were handed on, and it grows while
// the first record in it does not end.
class RecordDecoder : public Chunks {
 public:
  explicit RecordDecoder(std::unique_ptr<Chunks> input)
      : Chunks(input->name()), input_(std::move(input)) {}

  Result<bool> claim(lang::Chunk& chunk) final {
    std::string lines;
    bool more = true;
    while (more && !error_ && lines.size() < kChunkBytes) {
      auto taken = step(lines);
      more = taken && *taken;
      if (!taken) error_ = std::move(taken).error();
    }
    put_lines(chunk, lines);
    if (lines.empty() && error_) return fail(*error_);
    return !lines.empty();
  }

 protected:
  // A record, or what stands before the records, was taken off the front of rest_; or it does not
  // end within it; or nothing is left.
  enum class Taken { kSome, kNotWhole, kNothing };

  std::string_view rest_;  // Of the window.

  bool has_all() const { return input_ == nullptr; }

  // `saved` is rest_ as it was before an attempt that failed. What failed at the end of the window
  // may be whole in a larger one.
  Result<Taken> judge(const ParseError& error, std::string_view saved) {
    const bool failed_at_end = rest_.empty() || error.offset >= saved.size();
    rest_ = saved;
    if (failed_at_end && !has_all()) return Taken::kNotWhole;
    return refuse(error);
  }

  // With the error's offset from the front of rest_.
  Failure<Error> refuse(const ParseError& error) const {
    const std::size_t at = std::min(offset() + error.offset, text_.size());
    const std::string_view before = std::string_view(text_).substr(0, at);
    const auto line = lines_before_ + std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t newline = before.rfind('\n');
    const std::size_t byte = newline == before.npos ? bytes_before_ + at : at - newline - 1;
    return fail(
        Error{error.code, fmt::format("{}:{}: {} at byte {}", name(), line, error.what, byte)});
  }

  std::string_view window() const { return text_; }

 private:
  // Appends lines.
  virtual Result<Taken> next(std::string& out) = 0;

  // False when nothing follows, or not before more of the input came.
  Result<bool> step(std::string& lines) {
    OBS_TRY(const Taken taken, next(lines));
    if (taken == Taken::kSome) return true;
    if (taken == Taken::kNothing && has_all()) return false;
    if (!lines.empty()) return false;  // The input may be slow.
    OBS_TRY_VOID(grow());
    return true;
  }

  std::size_t offset() const { return text_.size() - rest_.size(); }

  void drop_taken() {
    const std::string_view taken = std::string_view(text_).substr(0, offset());
    const std::size_t newline = taken.rfind('\n');
    lines_before_ += std::count(taken.begin(), taken.end(), '\n');
    bytes_before_ =
        newline == taken.npos ? bytes_before_ + taken.size() : taken.size() - newline - 1;
    text_.erase(0, taken.size());
  }

  // To twice what the first record was seen to have, since it is then looked at again.
  Result<void> grow() {
    drop_taken();
    const std::size_t wanted = std::max<std::size_t>(2 * text_.size(), 1);
    while (input_ && text_.size() < wanted) {
      OBS_TRY(const bool more, input_->claim(chunk_));
      if (!more) {
        input_.reset();
        break;
      }
      OBS_TRY_VOID(input_->fill(chunk_));
      if (chunk_.lines.size() > kMaxRecord - text_.size()) {
        return fail(Errc::kLimitExceeded,
                    fmt::format("read {}: a record over 4 GiB, which is as much as is held; split "
                                "it, or make it ndjson",
                                name()));
      }
      if (std::exchange(begins_, false)) begin(chunk_.lines);
      text_ += chunk_.lines;
    }
    rest_ = text_;
    return {};
  }

  // The first lines of the text.
  virtual void begin(std::string_view& lines) { drop_mark(lines); }

  std::unique_ptr<Chunks> input_;  // Until its end.
  lang::Chunk chunk_;
  std::string text_;
  bool begins_ = true;
  // What the window has left behind: whole lines, and bytes of one.
  std::ptrdiff_t lines_before_ = 0;
  std::size_t bytes_before_ = 0;
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

class JsonDecoder final : public RecordDecoder {
 public:
  JsonDecoder(std::unique_ptr<Chunks> input, bool strict)
      : RecordDecoder(std::move(input)), strict_(strict) {}

 private:
  void begin(std::string_view& lines) override {
    if (!strict_) drop_mark(lines);
  }

  Result<Taken> next(std::string& out) override {
    if (strict_ && !has_all()) return Taken::kNotWhole;
    if (strict_ && !std::exchange(is_checked_, true)) {
      if (const auto checked = codec::check_json(window()); !checked) {
        return refuse(checked.error());
      }
    }
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    if (rest_.empty()) return nothing();
    if (rest_.front() == (in_array_ ? ']' : '[')) {
      in_array_ = !in_array_;
      rest_.remove_prefix(1);
      return Taken::kSome;
    }
    const std::string_view saved = rest_;
    const auto value = in_array_ ? codec::next_json_item(rest_) : codec::next_json_document(rest_);
    if (!value) return judge(value.error(), saved);
    const auto checked = check_scalar(**value);
    if (!checked) {
      rest_ = saved;
      const auto begin = static_cast<std::size_t>((*value)->data() - saved.data());
      return refuse({Errc::kMalformed, begin + checked.error().offset, checked.error().what});
    }
    append_record(out, **value);
    return Taken::kSome;
  }

  // A word or a number: what is none would be no member of the record that is made of it.
  static Result<void, ParseError> check_scalar(std::string_view value) {
    constexpr std::string_view kOthers = "{[\"";
    if (kOthers.find(value.front()) != kOthers.npos) return {};
    return codec::check_json(value);
  }

  Result<Taken> nothing() const {
    if (!in_array_) return Taken::kNothing;
    if (!has_all()) return Taken::kNotWhole;
    return refuse({Errc::kMalformed, 0, "document without its end"});
  }

  static void append_record(std::string& out, std::string_view value) {
    const bool is_object = value.starts_with('{');
    if (!is_object) out += R"({"body":)";
    append_one_line(out, value);
    out += is_object ? "\n" : "}\n";
  }

  bool strict_;
  bool is_checked_ = false;
  bool in_array_ = false;
};

class CsvDecoder final : public RecordDecoder {
 public:
  CsvDecoder(std::unique_ptr<Chunks> input, BadLines bad)
      : RecordDecoder(std::move(input)), bad_(bad) {}

 private:
  Result<Taken> next(std::string& out) override {
    rest_.remove_prefix(std::min(rest_.find_first_not_of("\r\n"), rest_.size()));
    const std::string_view saved = rest_;
    const auto more = codec::next_csv_record(rest_, fields_);
    if (!more) return judge(more.error(), saved);
    if (!*more) return Taken::kNothing;
    if (!has_header_) {
      header_ = fields_;
      has_header_ = true;
      return Taken::kSome;
    }
    const bool is_bad = bad_ != BadLines::kKept && fields_.size() != header_.size();
    if (is_bad && bad_ == BadLines::kRefused) {
      rest_ = saved;
      return refuse({Errc::kMalformed, 0, "a row with another number of fields than the header"});
    }
    if (is_bad) {
      out += kSkippedLine;
    } else {
      codec::append_csv_object(out, header_, fields_);
      out += '\n';
    }
    return Taken::kSome;
  }

  BadLines bad_;
  bool has_header_ = false;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
};

}  // namespace

std::unique_ptr<Chunks> decode_json(std::unique_ptr<Chunks> input, bool strict) {
  return std::make_unique<JsonDecoder>(std::move(input), strict);
}

std::unique_ptr<Chunks> decode_csv(std::unique_ptr<Chunks> input, BadLines bad) {
  return std::make_unique<CsvDecoder>(std::move(input), bad);
}

}  // namespace obs::pipe
