// Elasticsearch's bulk requests and single documents.

#include "libobs/codec/elastic_bulk.h"
#include "libobs/codec/ndjson.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

void check_bulk(const codec::DecodedBulk& bulk) {
  check(bulk.logs.batch.size() + bulk.logs.rejected.count == bulk.logs.total, "the count closes");
  check(bulk.items.size() == bulk.logs.total, "each item is told of");
  std::string lines;
  codec::append_ndjson(lines, bulk.logs.batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::as_text(data, size);
  const auto bulk = codec::decode_elastic_bulk(body, "index", 1);
  if (bulk) {
    check_bulk(*bulk);
  } else {
    check(bulk.error().offset <= body.size(), "an error lies in the body");
  }
  check_bulk(codec::decode_elastic_document(body, "index", "", 1));
  return 0;
}
