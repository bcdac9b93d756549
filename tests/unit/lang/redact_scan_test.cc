#include "libobs/lang/redact_scan.h"

#include <random>

#include <catch2/catch.hpp>

#include "libobs/lang/detectors.h"
#include "libobs/lang/redact_hash.h"
#include "tests/unit/lang/redact_corpus.h"

namespace lang = obs::lang;
using lang::Suspicion;

namespace {

std::uint32_t bit_of(std::string_view detector) {
  struct Bit {
    std::string_view name;
    std::uint32_t bit;
  };
  constexpr Bit kBits[] = {
      {"email", Suspicion::kEmail},
      {"card", Suspicion::kCard},
      {"ssn", Suspicion::kSsn},
      {"phone", Suspicion::kPhone},
      {"ip", Suspicion::kIp},
      {"jwt", Suspicion::kJwt},
      {"aws", Suspicion::kAws},
      {"github", Suspicion::kGithub},
      {"slack", Suspicion::kSlack},
      {"bearer", Suspicion::kBearer},
      {"secret", Suspicion::kNamed | Suspicion::kJwt | Suspicion::kAws | Suspicion::kGithub |
                     Suspicion::kSlack | Suspicion::kBearer | Suspicion::kPrivateKey},
      {"private_key", Suspicion::kPrivateKey}};
  for (const Bit& known : kBits) {
    if (known.name == detector) return known.bit;
  }
  FAIL("no bit for " << detector);
  return 0;
}

// Text of the stuff that detectors look for.
std::string random_text(std::mt19937& random) {
  constexpr std::string_view kPieces[] = {
      "4111",  " ",     "-",      ".",    ":",    "@",        "1",    "12", "123", "1234", "555",
      "a.de",  "eyJ",   "AKIA",   "ghp_", "xoxb", "Bearer ",  "pwd=", "x",  "::",  "+",    "(212)",
      "token", "phone", "social", "ssn ", "%40",  "password", "10",   "f",  "\"",  "word"};
  std::string text;
  const std::size_t pieces = random() % 40;
  for (std::size_t i = 0; i < pieces; ++i) text += kPieces[random() % std::size(kPieces)];
  return text;
}

}  // namespace

TEST_CASE("the first look suspects whatever a detector finds", "[lang][redact]") {
  std::mt19937 random(7);
  for (int i = 0; i < 30'000; ++i) {
    const std::string text = random_text(random);
    const std::uint32_t suspicion = lang::suspect(text);
    for (const auto& detector : lang::detectors()) {
      std::vector<lang::Extent> found;
      detector.find(text, found);
      if (found.empty() || (suspicion & bit_of(detector.name)) != 0) continue;
      FAIL_CHECK(detector.name << " finds what was not suspected in " << text);
    }
  }
}

TEST_CASE("the first look is the same with and without wide instructions", "[lang][redact]") {
  std::mt19937 random(8);
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = random_text(random);
    if (lang::suspect(text) != lang::suspect_plainly(text)) FAIL_CHECK(text);
  }
  for (const auto& secret : obs::test::planted_secrets()) {
    for (const auto& [place, line] : obs::test::plant(secret.text)) {
      if (lang::suspect(line) != lang::suspect_plainly(line)) FAIL_CHECK(line);
    }
  }
}

TEST_CASE("the first look finds a shape at every place of a window", "[lang][redact]") {
  struct Case {
    std::string_view text;
    std::uint32_t suspicion;
  };
  const Case cases[] = {
      {"4111-1111-1111-1", Suspicion::kCard},
      {"123-45-6789", Suspicion::kSsn},
      {"212-555-0123", Suspicion::kPhone},
      {"+1", Suspicion::kPhone},
      {"255.255.255.255", Suspicion::kIp},
      {"ffff:ffff:ffff:ffff", Suspicion::kIp},
      {"::1", Suspicion::kIp},
      {"@", Suspicion::kEmail},
      {"%40", Suspicion::kEmail},
      {"eyJ", Suspicion::kJwt},
      {"AkIa", Suspicion::kAws},
      {"hub_pat_", Suspicion::kGithub},
      {"-----BEG", Suspicion::kPrivateKey},
      {"CREDENTI", Suspicion::kNamed},
      {"\\", Suspicion::kEscape},
      {"\"$bytes\"", Suspicion::kBytes},
  };
  for (const Case& c : cases) {
    for (std::size_t before = 0; before < 200; ++before) {
      for (const std::size_t after : {0, 1, 60, 100}) {
        const std::string text =
            std::string(before, 'q') + std::string(c.text) + std::string(after, 'q');
        if (lang::suspect(text) != c.suspicion &&
            (lang::suspect(text) & c.suspicion) != c.suspicion) {
          FAIL_CHECK(c.text << " behind " << before << " before " << after);
        }
      }
    }
  }
  CHECK(lang::suspect(
            R"({"time":"2026-11-22T10:15:30.123456789Z","n":1.5,"v":"1.2.3","s":[1,2]})") == 0);
}

TEST_CASE("the first look marks the part of a text that has the shape, and no other",
          "[lang][redact]") {
  struct Case {
    std::string_view text;
    std::uint32_t suspicion;
  };
  const Case cases[] = {
      {"4111 1111 1111 1111", Suspicion::kCard},
      {"4.111111111111111e15", Suspicion::kCard},
      {"123-45-6789", Suspicion::kSsn},
      {"212-555-0123", Suspicion::kPhone},
      {"255.255.255.255", Suspicion::kIp},
      {"ffff:ffff:ffff:ffff", Suspicion::kIp},
      {"ann@example.com", Suspicion::kEmail},
      {"hub_pat_", Suspicion::kGithub},
      {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Suspicion::kAws},
      {"\\", Suspicion::kEscape},
  };
  for (const Case& c : cases) {
    for (std::size_t before = 0; before < 200; ++before) {
      // What is no letter of base64 ends a stretch of them.
      const std::string text = std::string(before, '"') + std::string(c.text) + "\"qqq\"";
      const std::size_t end = before + c.text.size();
      lang::Suspects suspects;
      suspects.look(text, c.suspicion);
      if (suspects.bits() != c.suspicion || !suspects.is_marked({before, end}) ||
          suspects.is_marked({0, before}) || suspects.is_marked({end, text.size()})) {
        FAIL_CHECK(c.text << " behind " << before);
      }
      suspects.look(text, 0);
      if (suspects.bits() != 0 || suspects.is_marked({0, text.size()})) FAIL_CHECK(c.text);
    }
  }
}

TEST_CASE("the first look does not mark digits that are no card", "[lang][redact]") {
  for (const std::string_view text :
       {"0.7030407620656315", "1763806530123456789", "4111111111111112", "8112258121226258"}) {
    lang::Suspects suspects;
    suspects.look(text, Suspicion::kCard);
    INFO(text);
    CHECK(suspects.bits() == 0);
  }
}

TEST_CASE("the keyed hash is SipHash-2-4-128", "[lang][redact]") {
  // The reference implementation's vectors: key 00 01 … 0f, input 00 01 …
  const lang::KeyedHash hash({0x0706050403020100, 0x0f0e0d0c0b0a0908});
  CHECK(hash.hex("") == "a3817f04ba25a8e66df67214c7550293");
  CHECK(hash.hex(std::string(1, '\0')) == "da87c1d86b99af44347659119b22fc45");
  CHECK(lang::KeyedHash("a").hex("x") != lang::KeyedHash("b").hex("x"));
  CHECK(lang::KeyedHash("a").hex("x") == lang::KeyedHash("a").hex("x"));
}
