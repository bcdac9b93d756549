#include "libobs/store/import.h"

#include <array>
#include <limits>

#include <fmt/format.h>

#include "libobs/base/varint.h"

namespace obs::store {
namespace {

using model::Signal;

// A request of a collector's file, inflated.
constexpr std::size_t kMaxRequestBytes = std::size_t{1} << 30;
constexpr std::size_t kLengthBytes = 4;

constexpr std::array<std::pair<std::string_view, Signal>, 3> kOtlpKeys = {{
    {"resourceLogs", Signal::kLogs},
    {"resourceSpans", Signal::kSpans},
    {"resourceMetrics", Signal::kMetrics},
}};

std::size_t skip_space(std::string_view text, std::size_t at) {
  const std::size_t found = text.find_first_not_of(" \t\r\n", at);
  return found == std::string_view::npos ? text.size() : found;
}

// A cursor over the fields of one protobuf message.
class Fields {
 public:
  enum Wire : unsigned { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

  explicit Fields(std::string_view message) : rest_(message) {}

  unsigned number() const { return number_; }
  unsigned wire() const { return wire_; }
  std::string_view bytes() const { return bytes_; }  // Of a kLength field.

  // False at the end, and where the message is none.
  bool next() {
    std::uint64_t tag = 0;
    if (rest_.empty() || !take_varint(rest_, tag)) return false;
    number_ = static_cast<unsigned>(tag >> 3);
    wire_ = static_cast<unsigned>(tag & 7);
    std::uint64_t size = 0;
    switch (wire_) {
      case kVarint: return take_varint(rest_, size);
      case kFixed64: return take(8);
      case kFixed32: return take(4);
      case kLength: return take_varint(rest_, size) && take(size);
      default: return false;
    }
  }

  // The first field of that number that has a length; empty when there is none.
  static std::string_view find(std::string_view message, unsigned number) {
    Fields fields(message);
    while (fields.next()) {
      if (fields.number() == number && fields.wire() == kLength) return fields.bytes();
    }
    return {};
  }

 private:
  bool take(std::uint64_t size) {
    if (size > rest_.size()) return false;
    bytes_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
  std::string_view bytes_;
  unsigned number_ = 0;
  unsigned wire_ = 0;
};

std::size_t read_length(std::string_view at) {
  std::size_t length = 0;
  for (const char c : at.substr(0, kLengthBytes)) {
    length = length << 8 | static_cast<unsigned char>(c);
  }
  return length;
}

// Lengths that lead exactly to the end.
bool is_framed(std::string_view content) {
  while (!content.empty()) {
    if (content.size() < kLengthBytes) return false;
    const std::size_t length = read_length(content);
    if (length > content.size() - kLengthBytes) return false;
    content.remove_prefix(kLengthBytes + length);
  }
  return true;
}

}  // namespace

codec::Compression detect_compression(std::string_view content) {
  if (content.starts_with("\x1f\x8b")) return codec::Compression::kGzip;
  if (content.starts_with("\x28\xb5\x2f\xfd")) return codec::Compression::kZstd;
  return codec::Compression::kNone;
}

FileKind detect_kind(std::string_view content) {
  if (content.starts_with("PAR1")) return FileKind::kParquet;
  if (content.empty()) return FileKind::kLines;
  // A length of less than 16 MiB, or the first field of a request.
  const bool is_binary = content.front() == '\0' || guess_signal(content).has_value();
  if (is_binary && (is_framed(content) || guess_signal(content))) return FileKind::kOtlpProtobuf;
  const std::size_t end = std::min(content.find('\n'), content.size());
  // A request of one line is a line; its object may also go on over others.
  const bool is_request = find_otlp_json(content).has_value();
  const std::size_t last = content.find_last_not_of(" \t\r", end == 0 ? 0 : end - 1);
  const bool ends = last != std::string_view::npos && content[last] == '}';
  return is_request && !ends ? FileKind::kOtlpJson : FileKind::kLines;
}

std::optional<Signal> find_otlp_json(std::string_view text) {
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '{') return std::nullopt;
  at = skip_space(text, at + 1);
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  const std::string_view key = text.substr(at + 1);
  for (const auto& [name, signal] : kOtlpKeys) {
    if (key.starts_with(name) && key.substr(name.size()).starts_with("\"")) return signal;
  }
  return std::nullopt;
}

Result<void> split_otlp_protobuf(std::string_view content,
                                 const std::function<Result<void>(std::string)>& take) {
  if (!is_framed(content)) {
    if (guess_signal(content)) return take(std::string(content));
    return fail(Errc::kMalformed, "it is neither one OTLP request nor several with their lengths");
  }
  while (!content.empty()) {
    const std::string_view request = content.substr(kLengthBytes, read_length(content));
    content.remove_prefix(kLengthBytes + request.size());
    const codec::Compression compression = detect_compression(request);
    if (compression == codec::Compression::kNone) {
      OBS_TRY_VOID(take(std::string(request)));
      continue;
    }
    OBS_TRY(std::string inflated, codec::decompress(compression, request, kMaxRequestBytes));
    OBS_TRY_VOID(take(std::move(inflated)));
  }
  return {};
}

// Records stand at 1.2.2 of a request. A span has its kind and times where the others have nothing,
// and ids of 16 and 8 bytes; a metric its name at 1 and its points at one of five places; a log
// record has numbers where those have text.
std::optional<Signal> guess_signal(std::string_view request) {
  const std::string_view record = Fields::find(Fields::find(Fields::find(request, 1), 2), 2);
  std::size_t trace = 0;
  std::size_t span = 0;
  bool has_name = false;
  bool has_points = false;
  bool is_log = false;
  bool is_span = false;
  Fields fields(record);
  while (fields.next()) {
    const unsigned number = fields.number();
    if (fields.wire() == Fields::kLength) {
      if (number == 1) trace = fields.bytes().size();
      if (number == 2) span = fields.bytes().size();
      has_name |= number == 1;
      has_points |= number == 5 || number == 7 || number == 9 || number == 10 || number == 11;
    } else if (fields.wire() == Fields::kFixed64) {
      is_log |= number == 1 || number == 11;
      is_span |= number == 7 || number == 8;
    } else if (fields.wire() == Fields::kVarint) {
      is_log |= number == 2;
      is_span |= number == 6;
    }
  }
  if (is_log) return Signal::kLogs;
  if (is_span || (trace == 16 && span == 8)) return Signal::kSpans;
  if (has_name && has_points) return Signal::kMetrics;
  return std::nullopt;
}

}  // namespace obs::store
