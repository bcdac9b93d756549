#include "libobs/codec/plain_word.h"

#include "libobs/base/text.h"
#include "libobs/codec/json_scan.h"

namespace obs::codec {

void append_plain_word(std::string& out, std::string_view word) {
  // The scanner stops at a byte that no number has.
  const std::string ended = std::string(word) + '\n';
  JsonNumber number;
  const bool is_long = word.size() > 32;
  const char* const behind =
      word.empty() || is_long ? nullptr : scan_json_number(ended.data(), number);
  const bool is_number = behind == ended.data() + word.size();
  if (is_number || word == "true" || word == "false") {
    out += word;
  } else {
    append_json_string(out, is_valid_utf8(word) ? std::string(word) : repair_utf8(word));
  }
}

}  // namespace obs::codec
