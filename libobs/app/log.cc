#include "libobs/app/log.h"

#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/model/batch.h"
#include "libobs/places/output.h"

namespace obs::app {

Log::Log(std::string program, Level least, int fd)
    : program_(std::move(program)), least_(least), fd_(fd), terminal_(::isatty(fd) == 1) {}

void Log::debug(std::string_view message, std::initializer_list<model::KeyValue> fields) const {
  log(Level::kDebug, message, {fields.begin(), fields.size()});
}

void Log::info(std::string_view message, std::initializer_list<model::KeyValue> fields) const {
  log(Level::kInfo, message, {fields.begin(), fields.size()});
}

void Log::warn(std::string_view message, std::initializer_list<model::KeyValue> fields) const {
  log(Level::kWarn, message, {fields.begin(), fields.size()});
}

void Log::error(std::string_view message, std::initializer_list<model::KeyValue> fields) const {
  log(Level::kError, message, {fields.begin(), fields.size()});
}

void Log::log(Level level, std::string_view message, model::Attributes fields) const {
  if (level < least_) return;
  // Messages quote what strangers sent, which need not be UTF-8.
  const std::string text = repair_utf8(message);
  const std::string line = terminal_
                               ? to_log_line(program_, text, fields)
                               : to_log_record(program_, system_clock().now(), level, text, fields);
  // There is nobody left to tell when stderr fails.
  (void)places::write_all(fd_, line, "stderr");
}

std::string to_log_line(std::string_view program, std::string_view message,
                        model::Attributes fields) {
  std::string line = fmt::format("{}: {}", program, message);
  for (const model::KeyValue& field : fields) {
    line += fmt::format(" {}=", field.key);
    if (field.value.is_string()) {
      line += field.value.as_string();
    } else {
      codec::append_plain_value(line, field.value);
    }
  }
  line += '\n';
  return line;
}

std::string to_log_record(std::string_view program, Timestamp time, Level level,
                          std::string_view message, model::Attributes fields) {
  const int number = static_cast<int>(level);
  std::string line = fmt::format(R"({{"signal":"log","time":"{}","service":)", to_rfc3339(time));
  append_json_string(line, program);
  line += fmt::format(R"(,"severity":"{}","severity_number":{},"body":)",
                      model::severity_name(number), number);
  append_json_string(line, message);
  if (!fields.empty()) {
    line += ",\"attributes\":";
    codec::append_record_map(line, fields);
  }
  line += "}\n";
  return line;
}

}  // namespace obs::app
