// A store of a test's own, what to put into it, and a reader of it.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libobs/base/metrics.h"
#include "libobs/query/reader.h"
#include "libobs/query/row_sink.h"
#include "libobs/store/writer.h"
#include "tests/unit/base/temporary_dir.h"

namespace obs::query {

// Keeps the first text of each row.
class TextRows final : public RowSink {
 public:
  Result<void> add(std::span<const model::Value> row) override;
  std::vector<std::string> texts;
};

class StoreFixture {
 public:
  StoreFixture();

  // Writes, and waits for the acknowledgement.
  void write(model::Batch batch);
  // Lines of obs-record(5), each batch of them.
  void write_lines(const std::string& lines);
  void flush();
  void close();  // No writer from now on.

  const std::string& dir() const { return dir_; }
  // With a snapshot of now.
  std::unique_ptr<Reader> read(Duration timeout = 0, const std::string& project = "default");
  // The rows of a statement through the gate, cells joined by '|'; "error: …" when it fails.
  std::vector<std::string> ask(Reader& reader, const std::string& sql);

 private:
  TemporaryDir temporary_;
  std::string dir_;
  Registry registry_;
  std::unique_ptr<store::Writer> writer_;
};

}  // namespace obs::query
