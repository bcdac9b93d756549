#include "tests/unit/store/store_fixture.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <limits>
#include <thread>

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "libobs/codec/json.h"
#include "libobs/codec/otlp.h"
#include "libobs/store/duckdb.h"
#include "tests/support/random_batch.h"

namespace obs::store {
namespace {

void add_origin(model::Batch& batch) {
  model::KeyValue attributes[] = {
      {"service.name", model::Value::string(batch.arena->copy("checkout"))},
      {"host.name", model::Value::string(batch.arena->copy("web-3"))}};
  model::Resource resource;
  resource.attributes = batch.arena->copy_array(std::span<const model::KeyValue>(attributes));
  resource.service = model::find_service(resource.attributes);
  batch.resources.push_back(resource);
  batch.scopes.emplace_back();
}

// As a receiver makes it: decoded from a request, whose bytes it keeps.
model::BatchPtr receive(const model::Batch& sent) {
  auto decoded =
      codec::decode_otlp_protobuf(sent.signal, codec::encode_otlp_protobuf(sent), sent.received);
  // Batches are made on any thread, where an assertion of Catch would be a data race.
  if (!decoded) std::abort();
  model::assign_id(decoded->batch, decoded->batch.wire);
  return std::make_shared<const model::Batch>(std::move(decoded->batch));
}

}  // namespace

model::BatchPtr make_logs(std::size_t count, std::string_view prefix, Timestamp start) {
  model::Batch batch;
  batch.received = start;
  add_origin(batch);
  for (std::size_t i = 0; i < count; ++i) {
    batch.logs.time.push_back(start + static_cast<Timestamp>(i) * kMillisecond);
    batch.logs.time_source.push_back(model::TimeSource::kSender);
    batch.logs.observed_time.push_back(start);
    batch.logs.scope.push_back(0);
    batch.logs.severity_number.push_back(9);
    batch.logs.severity_text.emplace_back();
    batch.logs.body.push_back(
        model::Value::string(batch.arena->copy(fmt::format("{} {}", prefix, i))));
    batch.logs.event_name.emplace_back();
    batch.logs.attributes.emplace_back();
    batch.logs.dropped_attributes_count.push_back(0);
    batch.logs.flags.push_back(0);
    batch.logs.trace_id.emplace_back();
    batch.logs.span_id.emplace_back();
  }
  return receive(batch);
}

model::BatchPtr make_random(model::Signal signal, std::uint64_t seed, std::size_t records) {
  model::Batch batch = test::random_batch(signal, seed, records);
  model::assign_id(batch, batch.wire);
  return std::make_shared<const model::Batch>(std::move(batch));
}

Result<void> write_and_wait(Writer& writer, model::BatchPtr batch) {
  std::promise<Result<void>> acked;
  writer.write(std::move(batch), [&](Result<void> result) { acked.set_value(std::move(result)); });
  return acked.get_future().get();
}

WriterOptions manual_options() {
  WriterOptions options;
  options.flush_age = kDay;
  options.keep_replaced = 0;
  options.merge_parts = std::numeric_limits<std::size_t>::max();
  options.merge_past_parts = std::numeric_limits<std::size_t>::max();
  options.merge_rows = std::numeric_limits<std::uint64_t>::max();
  return options;
}

std::unique_ptr<Writer> open_writer(const std::string& dir, Registry& registry,
                                    WriterOptions options, Fs& fs) {
  auto writer = Writer::open(fs, system_clock(), dir, registry, std::move(options));
  if (!writer) FAIL(writer.error().message);
  return *std::move(writer);
}

std::string ask(Connection& connection, const std::string& sql) {
  auto stream = connection.query(sql);
  if (!stream) return "error: " + stream.error().message;
  std::string text;
  std::span<const model::Value> row;
  for (;;) {
    auto more = (*stream)->next(row);
    if (!more) return text + "error: " + more.error().message;
    if (!*more) return text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += '|';
      codec::append_plain_value(text, row[i]);
    }
    text += '\n';
  }
}

std::string ask_store(const std::string& dir, const std::string& sql,
                      const SnapshotFilter& filter) {
  auto session = Session::open(system_fs(), dir, {1, "", ""});
  if (!session) return "error: " + session.error().message;
  if (auto taken = (*session)->refresh(filter); !taken) return "error: " + taken.error().message;
  return ask((*session)->connection(), sql);
}

void copy_store(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / entry.path().lexically_relative(from);
    if (entry.is_directory()) fs::create_directories(target);
    if (!entry.is_regular_file()) continue;
    fs::create_directories(target.parent_path());
    fs::copy_file(entry.path(), target);
  }
}

std::vector<std::string> list_files(const std::string& dir) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(dir).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> list_parts(const std::string& dir) {
  std::vector<std::string> parts = list_files(dir);
  const auto is_other = [](const std::string& name) { return !name.ends_with(".parquet"); };
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_other), parts.end());
  return parts;
}

void wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace obs::store
