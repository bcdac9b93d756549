// The messages of a program to the people who run it.
//
// On a terminal a message reads "obs-store: redis is away: connection refused
// address=127.0.0.1:6379". Otherwise it is one obs-record(5) line on stderr, with the program as
// its service, so that `obs-store 2>&1 | …` can eat its own logs.
//
// Any thread: a message is one write.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "libobs/base/clock.h"
#include "libobs/model/value.h"

namespace obs::app {

// OTLP's severity numbers.
enum class Level : int { kDebug = 5, kInfo = 9, kWarn = 13, kError = 17 };

class Log {
 public:
  // Messages below `least` are left out: a daemon says kInfo, kDebug with -v, a filter kWarn.
  explicit Log(std::string program, Level least = Level::kInfo, int fd = 2);

  void debug(std::string_view message, std::initializer_list<model::KeyValue> fields = {}) const;
  void info(std::string_view message, std::initializer_list<model::KeyValue> fields = {}) const;
  void warn(std::string_view message, std::initializer_list<model::KeyValue> fields = {}) const;
  void error(std::string_view message, std::initializer_list<model::KeyValue> fields = {}) const;

 private:
  void log(Level level, std::string_view message, model::Attributes fields) const;

  std::string program_;
  Level least_;
  int fd_;
  bool terminal_;
};

// The two spellings, without the time of day being asked. Each ends with a newline.
std::string to_log_line(std::string_view program, std::string_view message,
                        model::Attributes fields);
std::string to_log_record(std::string_view program, Timestamp time, Level level,
                          std::string_view message, model::Attributes fields);

}  // namespace obs::app
