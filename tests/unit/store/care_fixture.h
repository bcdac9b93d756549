// What tests of the care of a store share: requests, and a look at files.

#pragma once

#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "libobs/store/care.h"
#include "libobs/store/writer.h"
#include "tests/unit/store/store_fixture.h"

namespace obs::store {

using Task = CareRequest::Task;

inline CareRequest make_request(Task task, RecordChoice choice = {}) {
  CareRequest request;
  request.task = task;
  request.policy.choice = std::move(choice);
  return request;
}

inline CareCounts run(Writer& writer, const CareRequest& request) {
  CareJob job;
  auto counts = writer.care(request, job);
  if (!counts) FAIL(counts.error().message);
  return *counts;
}

inline RecordChoice where(std::string condition) {
  RecordChoice choice;
  choice.signals = {model::Signal::kLogs};
  choice.condition = std::move(condition);
  return choice;
}

// Options under which a compaction has something to do.
inline WriterOptions small_options() {
  WriterOptions options = manual_options();
  options.merge_rows = 1'000'000;
  return options;
}

inline std::size_t count_parts(const std::string& dir) {
  std::size_t parts = 0;
  for (const std::string& file : list_files(dir)) parts += file.ends_with(".parquet");
  return parts;
}

inline void damage(const std::string& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 0x40);
  file.seekp(at);
  file.put(byte);
}

inline std::string find_part(const std::string& dir) {
  for (const std::string& file : list_files(dir)) {
    if (file.ends_with(".parquet")) return dir + "/" + file;
  }
  return {};
}

inline const std::function<void(const CareProgress&)> kSilent = [](const CareProgress&) {};

}  // namespace obs::store
