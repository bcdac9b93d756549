#include "libobs/lang/detectors.h"

#include <catch2/catch.hpp>

namespace lang = obs::lang;

namespace {

// What the detector finds, joined by " | ".
std::string found(std::string_view detector, std::string_view text) {
  std::vector<lang::Extent> extents;
  lang::find_detector(detector)->find(text, extents);
  std::string out;
  for (const auto& extent : extents) {
    if (!out.empty()) out += " | ";
    out += text.substr(extent.begin, extent.end - extent.begin);
  }
  return out;
}

}  // namespace

TEST_CASE("detectors find secrets whole, and leave what is none", "[lang][detectors]") {
  struct Case {
    std::string_view detector;
    std::string_view text;
    std::string_view found;
  };
  const Case cases[] = {
      {"email", "mail ann.b+c@example.co.uk, please.", "ann.b+c@example.co.uk"},
      {"email", "?to=ann%40example.com&x=1", "ann%40example.com"},
      {"email", "user@host and @handle", ""},
      {"email", "a@b.de,c@d.org", "a@b.de | c@d.org"},
      {"card", "card 4111 1111 1111 1111 used", "4111 1111 1111 1111"},
      {"card", "x=5500005555555559;", "5500005555555559"},
      {"card", "amex 378282246310005", "378282246310005"},
      {"card", "order 12 4111-1111-1111-1111 12", "4111-1111-1111-1111"},
      {"card", "4111111111111112", ""},
      {"card", "time 1763806530000001000", ""},
      {"ssn", "ssn 123-45-6789", "123-45-6789"},
      {"ssn", "SSN: 123456789", "123456789"},
      {"ssn", "000-45-6789 666-45-6789 123-00-6789 2026-11-22", ""},
      {"phone", "call +49 30 1234567 now", "+49 30 1234567"},
      {"phone", "(212) 555-0123", "(212) 555-0123"},
      {"phone", "212-555-0123", "212-555-0123"},
      {"phone", "took 1234567 ns", ""},
      {"ip", "from 10.0.0.7:5432 to ::1.", "10.0.0.7 | ::1"},
      {"ip", "日本2001:db8::1é", "2001:db8::1"},
      {"ip", "2001:db8::ff00:42:8329 up", "2001:db8::ff00:42:8329"},
      {"ip", "at 10:15:30 v1.2.3.4.5 std::string 256.1.1.1", ""},
      {"ip", "arn:aws:s3:::bucket-1 a:::b arn:::cafe::1x", "::b | cafe::1"},
      {"jwt", "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!",
       "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"},
      {"aws", "id AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"},
      {"github", "ghp_0123456789abcdefghij0123456789abcdef",
       "ghp_0123456789abcdefghij0123456789abcdef"},
      {"slack", "xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef"},
      {"bearer", "Authorization: Bearer abc.def-123==", "abc.def-123=="},
      {"bearer", "basic auth", ""},
      {"private_key", "a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b",
       "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"},
      {"private_key", "-----BEGIN PRIVATE KEY----- cut sho", "-----BEGIN PRIVATE KEY----- cut sho"},
      {"secret", "password=hunter2&x=1", "hunter2"},
      {"secret", "{\"api_key\": \"k-1\", \"a\":1}", "k-1"},
      {"secret", "the password is wrong", ""},
      {"secret", "run --db-password hunter2 --token 'a b' --user x", "hunter2 | a b"},
      {"secret", "--password --user x; -- secret --token", ""},
  };
  for (const Case& c : cases) {
    INFO(c.detector << " in " << c.text);
    CHECK(found(c.detector, c.text) == c.found);
  }
}

TEST_CASE("detectors end on hostile text", "[lang][detectors]") {
  const std::string texts[] = {std::string(20'000, '@'),
                               std::string(20'000, '1'),
                               std::string(20'000, ':'),
                               std::string(20'000, '.'),
                               "eyJ",
                               "",
                               "@",
                               std::string("a\0@b.c", 6)};
  for (const auto& detector : lang::detectors()) {
    for (const std::string& text : texts) {
      std::vector<lang::Extent> extents;
      detector.find(text, extents);
      for (const auto& extent : extents) {
        CHECK(extent.begin < extent.end);
        CHECK(extent.end <= text.size());
      }
    }
  }
}
