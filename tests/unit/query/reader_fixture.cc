#include "tests/unit/query/reader_fixture.h"

#include <future>

#include <catch2/catch.hpp>

#include "libobs/base/text.h"
#include "libobs/codec/ndjson.h"
#include "tests/unit/query/row_text.h"

namespace obs::query {
namespace {

// Nothing is flushed or merged but on demand.
store::WriterOptions manual_options() {
  store::WriterOptions options;
  options.flush_age = kDay;
  return options;
}

}  // namespace

Result<void> TextRows::add(std::span<const model::Value> row) {
  texts.push_back(to_text(row.first(1)));
  return {};
}

StoreFixture::StoreFixture() : dir_(temporary_ / "store") {
  auto opened = store::Writer::open(system_fs(), system_clock(), dir_, registry_, manual_options());
  if (!opened) FAIL(opened.error().message);
  writer_ = std::move(*opened);
}

void StoreFixture::write(model::Batch batch) {
  model::assign_id(batch);
  std::promise<Result<void>> acked;
  writer_->write(std::make_shared<const model::Batch>(std::move(batch)),
                 [&](Result<void> result) { acked.set_value(std::move(result)); });
  REQUIRE(acked.get_future().get());
}

void StoreFixture::write_lines(const std::string& lines) {
  codec::NdjsonDecoder decoder;
  for (std::string_view line : split(lines, '\n')) {
    CAPTURE(line);
    REQUIRE(decoder.add_line(line, system_clock().now()));
  }
  for (model::Batch& batch : decoder.take()) write(std::move(batch));
}

void StoreFixture::flush() { REQUIRE(writer_->flush()); }

void StoreFixture::close() {
  REQUIRE(writer_->close());
  writer_.reset();
}

std::unique_ptr<Reader> StoreFixture::read(Duration timeout, const std::string& project) {
  ReaderOptions options;
  options.dir = dir_;
  options.project = project;
  options.timeout = timeout;
  auto reader = Reader::open(system_fs(), system_clock(), std::move(options));
  if (!reader) FAIL(reader.error().message);
  REQUIRE((*reader)->refresh());
  return std::move(*reader);
}

std::vector<std::string> StoreFixture::ask(Reader& reader, const std::string& sql) {
  auto compiled = reader.compile(sql);
  if (!compiled) return {"error: " + compiled.error().message};
  auto stream = reader.run(*compiled, sql);
  if (!stream) return {"error: " + stream.error().message};
  return read_rows(**stream);
}

}  // namespace obs::query
