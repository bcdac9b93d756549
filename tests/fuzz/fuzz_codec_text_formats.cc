// CSV, logfmt and documents of JSON, read and written.

#include "libobs/codec/csv.h"
#include "libobs/codec/json_documents.h"
#include "libobs/codec/logfmt.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;

namespace {

void read_csv(std::string_view text) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t before = text.size();
    const auto more = codec::next_csv_record(text, fields);
    if (!more || !*more) return;
    check(text.size() < before, "a record takes something");
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) line += ',';
      codec::append_csv_field(line, fields[i]);
    }
    std::string_view again = line;
    std::vector<std::string> same;
    if (line.find_first_not_of("\r\n") == std::string::npos) continue;
    const auto reread = codec::next_csv_record(again, same);
    check(reread && *reread && same == fields, "fields survive being written");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  read_csv(text);
  std::string object;
  if (codec::append_logfmt_object(object, text)) {
    check(codec::check_json(object).has_value(), "logfmt becomes JSON");
  }
  std::string_view left = text;
  while (true) {
    const std::size_t before = left.size();
    const auto document = codec::next_json_document(left);
    if (!document || !*document) break;
    check(left.size() < before, "a document takes something");
    (void)codec::check_json(**document);
  }
  return 0;
}
