// A store of a test's own, batches to put in, and questions to ask it.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/fs.h"
#include "libobs/base/metrics.h"
#include "libobs/model/batch.h"
#include "libobs/store/session.h"
#include "libobs/store/writer.h"
#include "tests/unit/base/temporary_dir.h"

namespace obs::store {

inline constexpr Timestamp kNoon = 1'795'348'800'000'000'000;  // 2026-11-22T12:00:00Z

// Logs of one service, a millisecond apart, whose bodies are `prefix` and a number. The same
// arguments make the same batch, its id included.
model::BatchPtr make_logs(std::size_t count, std::string_view prefix, Timestamp start = kNoon);

// A batch of every field and extreme, with its id.
model::BatchPtr make_random(model::Signal signal, std::uint64_t seed, std::size_t records);

// Writes, and waits for the acknowledgement.
Result<void> write_and_wait(Writer& writer, model::BatchPtr batch);

// Options under which nothing is flushed or merged but on demand.
WriterOptions manual_options();

// Opens a writer on the machine's file system and clock, or fails the test.
std::unique_ptr<Writer> open_writer(const std::string& dir, Registry& registry,
                                    WriterOptions options = manual_options(), Fs& fs = system_fs());

// Rows of a query as lines of plain JSON values joined by '|'; "error: …" when it fails.
std::string ask(Connection& connection, const std::string& sql);

// The same on a session of its own.
std::string ask_store(const std::string& dir, const std::string& sql,
                      const SnapshotFilter& filter = {});

// A copy of a store as it is now, as after a crash; without what is no file.
void copy_store(const std::string& from, const std::string& to);

// Files below the directory, relative to it, in order; no directories.
std::vector<std::string> list_files(const std::string& dir);
// Those of them that are parts, without what lies beside them.
std::vector<std::string> list_parts(const std::string& dir);

// Waits until the condition holds, or fails the test after some seconds.
void wait_until(const std::function<bool()>& condition);

}  // namespace obs::store
