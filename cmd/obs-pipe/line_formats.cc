#include "cmd/obs-pipe/line_formats.h"

#include "cmd/obs-pipe/lines.h"
#include "libobs/base/arena.h"
#include "libobs/base/clock.h"
#include "libobs/codec/json.h"
#include "libobs/codec/logfmt.h"
#include "libobs/codec/ndjson.h"
#include "libobs/codec/otlp.h"
#include "libobs/lang/pretty.h"

namespace obs::pipe {
namespace {

using model::Value;
using model::ValueKind;

// Objects within more objects than these are one value, in JSON.
constexpr int kMaxFlattened = 16;

// Each line by itself, or each chunk of them: whichever thread has them.
class LineFormat : public tui::OutputFormat {
 public:
  void add(std::string_view lines, std::string& out) final { draw(lines, out); }
  void finish(std::string&) final {}
};

class Pretty final : public LineFormat {
 public:
  explicit Pretty(const lang::PrettyOptions& options) : options_(options) {}
  bool draw(std::string_view lines, std::string& out) const override {
    lang::append_pretty(out, lines, options_);
    return true;
  }

 private:
  lang::PrettyOptions options_;
};

// One line becomes one: what is shown of its object, or the line itself when it has nothing to
// show.
class ObjectFormat : public LineFormat {
 public:
  bool draw(std::string_view lines, std::string& out) const final {
    while (!lines.empty()) append_line(take_line(lines), out);
    return true;
  }

 private:
  virtual bool append_object(const Value& object, std::string& out) const = 0;

  void append_line(std::string_view line, std::string& out) const {
    Arena arena;
    const auto value = codec::parse_json(line, arena);
    const bool shown = value && value->kind() == ValueKind::kMap && append_object(*value, out);
    if (!shown) out += line;
    out += '\n';
  }
};

class Logfmt final : public ObjectFormat {
  bool append_object(const Value& object, std::string& out) const override {
    append_members(out, {}, object, 1);
    return true;
  }

  static void append_members(std::string& out, const std::string& prefix, const Value& map,
                             int depth) {
    for (const auto& [key, value] : map.as_map()) {
      const std::string name = prefix + std::string(key);
      if (value.kind() == ValueKind::kMap && depth < kMaxFlattened) {
        append_members(out, name + '.', value, depth + 1);
      } else if (value.is_string()) {
        codec::append_logfmt_pair(out, name, value.as_string());
      } else {
        std::string json;
        codec::append_plain_value(json, value);
        codec::append_logfmt_pair(out, name, json);
      }
    }
  }
};

class Text final : public ObjectFormat {
  bool append_object(const Value& object, std::string& out) const override {
    const Value* const message = find_message(object);
    if (message != nullptr) out += message->as_string();
    return message != nullptr;
  }

  static const Value* find_message(const Value& record) {
    for (const std::string_view name : {"body", "msg", "message"}) {
      const Value* const value = model::find_attribute(record.as_map(), name);
      if (value != nullptr && value->is_string()) return value;
    }
    return nullptr;
  }
};

class Otlp final : public LineFormat {
 public:
  bool draw(std::string_view lines, std::string& out) const override {
    codec::NdjsonDecoder decoder;
    const Timestamp now = system_clock().now();
    while (!lines.empty()) add_line(take_line(lines), now, decoder);
    for (const model::Batch& batch : decoder.take()) out += codec::encode_otlp_json(batch) + '\n';
    return true;
  }

 private:
  static void add_line(std::string_view line, Timestamp now, codec::NdjsonDecoder& decoder) {
    if (decoder.add_line(line, now)) return;
    // It says that it is a record, and is none: its text is what there is.
    std::string body = R"({"body":)";
    codec::append_plain_value(body, Value::string(line));
    (void)decoder.add_line(body + '}', now);
  }
};

}  // namespace

std::unique_ptr<tui::OutputFormat> make_line_format(std::string_view format,
                                                    const lang::PrettyOptions& pretty) {
  if (format == "pretty") return std::make_unique<Pretty>(pretty);
  if (format == "logfmt") return std::make_unique<Logfmt>();
  if (format == "text") return std::make_unique<Text>();
  if (format == "otlp") return std::make_unique<Otlp>();
  return nullptr;
}

}  // namespace obs::pipe
