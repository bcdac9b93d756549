// bench_attributes: what it is worth that hot attributes have columns: the same logs in parts of a
// store, and in files that have all attributes as JSON, asked the same questions.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/store/session.h"
#include "libobs/store/writer.h"
#include "tests/bench/sample_batches.h"
#include "tests/unit/base/temporary_dir.h"

namespace {

using namespace obs;
using model::Signal;
using model::Value;

constexpr std::size_t kRecords = 10'000;  // A batch.
constexpr std::size_t kBatches = 300;
constexpr std::size_t kUsers = 100'000;
constexpr int kRuns = 5;

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The sample's logs, each with a user and a request of its own.
model::BatchPtr next_batch(model::Batch& sample, std::mt19937_64& random) {
  model::Batch batch = sample;
  batch.arena = std::make_shared<Arena>();
  for (std::size_t i = 0; i < batch.logs.size(); ++i) {
    sample.logs.time[i] += kSecond;
    std::vector<model::KeyValue> attributes(sample.logs.attributes[i].begin(),
                                            sample.logs.attributes[i].end());
    for (model::KeyValue& attribute : attributes) {
      if (attribute.key != "user.id") continue;
      attribute.value = Value::string(batch.arena->copy(fmt::format("u-{}", random() % kUsers)));
    }
    attributes.push_back(
        {"request.id", Value::string(batch.arena->copy(fmt::format("{:016x}", random())))});
    batch.logs.attributes[i] =
        batch.arena->copy_array(std::span<const model::KeyValue>(attributes));
  }
  batch.id = {};
  return std::make_shared<const model::Batch>(std::move(batch));
}

bool fill(const std::string& dir) {
  Registry registry;
  store::WriterOptions options;
  options.flush_age = kHour;
  auto writer = store::Writer::open(system_fs(), system_clock(), dir, registry, options);
  if (!writer) return false;
  model::Batch sample = bench::sample_logs(kRecords);
  sample.wire = {};
  const std::shared_ptr<Arena> texts = sample.arena;  // Of the attributes that all batches share.
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < kBatches; ++i) {
    std::promise<bool> acknowledged;
    (*writer)->write(next_batch(sample, random),
                     [&](Result<void> result) { acknowledged.set_value(bool(result)); });
    if (!acknowledged.get_future().get()) return false;
    if (i % 30 == 29) (void)(*writer)->flush();
  }
  return bool((*writer)->close());
}

std::string answer(store::Connection& connection, const std::string& sql) {
  auto rows = connection.query(sql);
  if (!rows) return rows.error().message;
  std::span<const model::Value> row;
  std::size_t count = 0;
  std::string first;
  for (;;) {
    auto more = (*rows)->next(row);
    if (!more) return more.error().message;
    if (!*more) return fmt::format("{} rows, {}", count, first);
    if (count++ == 0) {
      first = row[0].kind() == model::ValueKind::kInt ? fmt::format("{}", row[0].as_int()) : "text";
    }
  }
}

void measure(store::Connection& connection, const char* what, const std::string& sql) {
  std::vector<double> took;
  std::string answered;
  for (int run = 0; run < kRuns; ++run) {
    const double start = now();
    answered = answer(connection, sql);
    took.push_back((now() - start) * 1e3);
  }
  std::sort(took.begin(), took.end());
  std::printf("  %-34s %8.1f ms   %s\n", what, took[took.size() / 2], answered.c_str());
}

double bytes_below(const std::string& dir) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.path().extension() == ".parquet") bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

int run() {
  const TemporaryDir dir;
  if (!fill(dir / "data")) return 1;
  const double bytes = bytes_below(dir / "data");  // Before a reader pins its parts.
  auto session = store::Session::open(system_fs(), dir / "data", {});
  if (!session || !(*session)->refresh()) return 1;
  store::Connection& connection = (*session)->connection();
  const std::vector<std::string> keys = {"user.id", "http.route", "request.id"};
  const std::string flat = dir / "flat.parquet";
  if (!connection.execute(fmt::format("COPY (SELECT * FROM logs) TO '{}' (FORMAT parquet, "
                                      "PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 1, "
                                      "ROW_GROUP_SIZE 20480)",
                                      flat)) ||
      !(*session)->make_attribute_view(Signal::kLogs, keys)) {
    return 1;
  }
  const double rows = static_cast<double>(kRecords * kBatches);
  std::printf("%zu logs: %.1f B a row in columns, %.1f in JSON\n", kRecords * kBatches,
              bytes / rows, static_cast<double>(std::filesystem::file_size(flat)) / rows);
  const auto in_json = [&](const char* key) {
    return fmt::format("json_extract_string(attributes, '/{}')", key);
  };
  const std::string file = fmt::format("read_parquet('{}')", flat);
  measure(connection, "rare attribute, JSON",
          fmt::format("SELECT body FROM {} WHERE {} = 'u-4242'", file, in_json("user.id")));
  measure(connection, "rare attribute, column",
          "SELECT body FROM logs_attributes WHERE obs_attribute_0 = 'u-4242'");
  measure(connection, "absent request, JSON",
          fmt::format("SELECT body FROM {} WHERE {} = 'no such'", file, in_json("request.id")));
  measure(connection, "absent request, column",
          "SELECT body FROM logs_attributes WHERE obs_attribute_2 = 'no such'");
  measure(connection, "count by route, JSON",
          fmt::format("SELECT count(*), {} FROM {} GROUP BY 2", in_json("http.route"), file));
  measure(connection, "count by route, column",
          "SELECT count(*), obs_attribute_1 FROM logs_attributes GROUP BY 2");
  measure(connection, "all attributes of all, JSON",
          fmt::format("SELECT sum(length(attributes::VARCHAR)) FROM {}", file));
  measure(connection, "all attributes of all, columns",
          "SELECT sum(length(attributes::VARCHAR)) FROM logs");
  return 0;
}

}  // namespace

int main() { return run(); }
