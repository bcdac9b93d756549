#include "tests/unit/lang/redact_corpus.h"

#include <array>
#include <random>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::test {
namespace {

std::string to_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// Every character as \u00XX.
std::string unicode_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

// Only what is neither letter nor digit, as some encoders do.
std::string marks_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    out += is_plain ? std::string(1, c) : fmt::format("\\u{:04X}", static_cast<unsigned>(c));
  }
  return out;
}

// As in the query of a URL: all marks, and spaces as plus signs when wanted.
std::string url_encoded(std::string_view text, bool plus) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
    if (c == ' ' && plus) {
      out += '+';
    } else {
      out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string record(std::string_view body, std::string_view attributes) {
  return fmt::format(
      R"({{"signal":"log","time":"2026-11-22T10:15:30.123456789Z","service":"checkout","severity":"info",)"
      R"("severity_number":9,"body":{},"attributes":{}}})",
      body, attributes);
}

}  // namespace

std::vector<PlantedSecret> planted_secrets() {
  const auto whole = [](std::string_view detector, std::string text) {
    return PlantedSecret{detector, text, text};
  };
  const std::string header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
  return {
      whole("email", "ann.lee+news@example.co.uk"),
      whole("email", "ANN@EXAMPLE.COM"),
      whole("email",
            "jos\xc3\xa9@b\xc3\xbc"
            "cher.example"),
      whole("email", "ann%40example.com"),
      whole("card", "4111111111111111"),
      whole("card", "4111 1111 1111 1111"),
      whole("card", "5500-0055-5555-5559"),
      whole("card", "378282246310005"),
      whole("card", "3782 822463 10005"),
      whole("card", "6011000990139424"),
      whole("card", "4111 - 1111 - 1111 - 1111"),
      whole("card", "4111_1111_1111_1111"),
      whole("card",
            "4111\xc2\xa0"
            "1111\xc2\xa0"
            "1111\xc2\xa0"
            "1111"),
      whole("card", "9792030394440796"),
      whole("ssn",
            "123\xe2\x80\x93"
            "45\xe2\x80\x93"
            "6789"),
      whole("phone", "212/555-0123"),
      {"phone", "mobile 2125550123", "2125550123"},
      whole("ip", "203.0.113.7.80"),
      {"ip", "2001:db8::8a2e:1.443", "2001:db8::8a2e:1"},
      whole("jwt", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aaaabbbbcccc.ddddeeeeffff.gggg"),
      whole("aws", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      whole("aws", "EejZMghbllJnVLonxNqKbjrAsXziZPNiVAiiirRe"),
      whole("slack", "xwfp-123456789012-abcdefghij"),
      {"bearer", "bearer abc123", "abc123"},
      whole("private_key", "MIIEowIBAAKCAQEAwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0123456789"),
      whole("ssn", "123-45-6789"),
      {"ssn", "SSN 219099999", "219099999"},
      whole("phone", "+49 30 1234567"),
      whole("phone", "+12125550123"),
      whole("phone", "(212) 555-0123"),
      whole("phone", "212-555-0123"),
      {"phone", "phone=2125550123", "2125550123"},
      whole("ip", "203.0.113.7"),
      whole("ip", "2001:db8::ff00:42:8329"),
      whole("ip", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"),
      whole("ip", "::ffff:192.0.2.128"),
      whole("jwt", header + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"),
      whole("aws", "AKIAIOSFODNN7EXAMPLE"),
      whole("aws", "akiaiosfodnn7example"),
      whole("github", "ghp_0123456789abcdefghij0123456789abcdef"),
      whole("github", "github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuv"),
      whole("slack", "xoxb-123456789012-1234567890123-AbCdEfGhIjKl"),
      whole("slack", "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXX"),
      {"bearer", "Authorization: Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"},
      {"bearer", "AUTHORIZATION: BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVu"},
      whole("private_key",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"),
      {"secret", "password=hunter2!", "hunter2!"},
      {"secret", "api_key: k-3fa85f64", "k-3fa85f64"},
      {"secret", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfi", "wJalrXUtnFEMI"},
      {"secret", "postgres://app:s3cr3t@db/orders", "s3cr3t"},
      {"secret", "'clientSecret': 'zx81-qq'", "zx81-qq"},
  };
}

std::vector<PlantedLine> plant(std::string_view secret) {
  const std::string in_json = to_json(secret);
  const std::string text = in_json.substr(1, in_json.size() - 2);
  const std::string once = to_json(fmt::format(R"({{"note":{},"n":1}})", in_json));
  const std::string twice = to_json(fmt::format(R"({{"inner":{}}})", once));
  const std::string quiet = R"("nothing here")";
  std::vector<PlantedLine> lines = {
      {"body", record(in_json, "{}")},
      {"words around it", record(fmt::format("\"user {} logged in\"", text), "{}")},
      {"attribute", record(quiet, fmt::format(R"({{"a.b":{}}})", in_json))},
      {"key", record(quiet, fmt::format(R"({{{}:true}})", in_json))},
      {"nested value", record(quiet, fmt::format(R"({{"a":{{"b":[1,[{}]]}}}})", in_json))},
      {"nested key", record(quiet, fmt::format(R"({{"a":[{{{}:1}}]}})", in_json))},
      {"unicode escapes", record(fmt::format("\"{}\"", unicode_escaped(secret)), "{}")},
      {"escaped marks", record(fmt::format("\"to {} now\"", marks_escaped(secret)), "{}")},
      {"escaped key", record(quiet, fmt::format(R"({{"{}":1}})", unicode_escaped(secret)))},
      {"JSON in a string", record(once, "{}")},
      {"JSON in JSON in a string", record(twice, "{}")},
      {"escapes in JSON in a string",
       record(to_json(fmt::format(R"({{"note":"{}"}})", unicode_escaped(secret))), "{}")},
      {"foreign line", fmt::format(R"({{"level":30,"time":1763806530123,"msg":{}}})", in_json)},
      {"array at the top", fmt::format(R"([{{"msg":{}}}])", in_json)},
      {"a line that is text", std::string(secret)},
      {"a line that is text, with words", fmt::format("at 10:15:30 INFO got {} from it", secret)},
      {"broken JSON", fmt::format(R"({{"msg":{},"x":)", in_json)},
      {"a string cut short", fmt::format(R"({{"msg":"{}")", text)},
      {"spaces", fmt::format("{{ \"msg\" :\t{} }}", in_json)},
      {"a URL", record(fmt::format("\"GET /a?q={}&n=1\"", url_encoded(secret, false)), "{}")},
      {"a form", record(fmt::format("\"q={}&n=1\"", url_encoded(secret, true)), "{}")},
      {"a URL in a URL",
       record(fmt::format("\"to={}\"", url_encoded(url_encoded(secret, false), false)), "{}")},
      {"before a number", record(fmt::format("\"{} 1700000000123 9\"", text), "{}")},
      {"behind numbers", record(fmt::format("\"at 12:30:45 7 {}\"", text), "{}")},
      {"a bad escape", record(fmt::format(R"("\q {}")", text), "{}")},
  };
  constexpr std::array<std::string_view, 9> kMarks = {"()", "[]", "<>", "''", "{}",
                                                      ",,", ";;", "||", "  "};
  for (const std::string_view marks : kMarks) {
    lines.push_back({fmt::format("between {}", marks),
                     record(fmt::format("\"x {}{}{}\"", marks[0], text, marks[1]), "{}")});
  }
  for (const std::string_view before : {"id=", "to:", "\\n", "\\t", "\\\"", "\\u0020"}) {
    lines.push_back(
        {fmt::format("behind {}", before), record(fmt::format("\"{}{}\"", before, text), "{}")});
  }
  for (const std::string_view after : {".", "!", "\\n", "\\\"", "?", "..."}) {
    lines.push_back(
        {fmt::format("before {}", after), record(fmt::format("\"{}{}\"", text, after), "{}")});
  }
  return lines;
}

std::vector<std::string> ordinary_lines(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const auto hex = [&](std::size_t digits) {
    std::string out;
    while (out.size() < digits) out += fmt::format("{:016x}", random());
    return out.substr(0, digits);
  };
  const auto uuid = [&] {
    return fmt::format("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12));
  };
  const auto time = [&] {
    return fmt::format("2026-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", 1 + below(12), 1 + below(28),
                       below(24), below(60), below(60), below(1'000'000'000));
  };
  const auto version = [&] { return fmt::format("{}.{}.{}", below(30), below(30), below(100)); };
  std::vector<std::string> lines;
  while (lines.size() < count) {
    lines.push_back(fmt::format(
        R"({{"signal":"log","time":"{}","service":"cart","severity":"info","severity_number":9,)"
        R"("body":"order {} placed in {} ms","trace_id":"{}","span_id":"{}",)"
        R"("attributes":{{"order.id":"{}","http.status_code":{},"k8s.pod.uid":"{}"}}}})",
        time(), below(1'000'000'000), below(5000), hex(32), hex(16), uuid(), 200 + below(304),
        uuid()));
    lines.push_back(fmt::format(
        R"({{"signal":"span","time":"{}","duration_ns":{},"name":"GET /v{}/items/{}","kind":"server",)"
        R"("trace_id":"{}","span_id":"{}","attributes":{{"telemetry.sdk.version":"{}",)"
        R"("code.function":"std::vector::at","thread.id":{}}}}})",
        time(), below(9'000'000'000), below(4), below(100'000), hex(32), hex(16), version(),
        below(70'000)));
    lines.push_back(fmt::format(
        R"({{"level":30,"time":{},"pid":{},"hostname":"web-{}","msg":"loaded left-pad@{} in {}.{}s"}})",
        1'763'806'530'000 + below(1'000'000'000), below(65536), below(90), version(), below(60),
        below(1000)));
    lines.push_back(fmt::format(
        "2026-11-22 10:{:02}:{:02},{:03} INFO  [main] o.e.App - Started in {}.{} seconds (JVM {})",
        below(60), below(60), below(1000), below(30), below(1000), version()));
    lines.push_back(fmt::format(
        R"({{"level":"info","ts":17638{:05}.{:06},"caller":"http/server.go:{}","msg":"request done",)"
        R"("size":{},"latency":"{}.{}ms","etag":"{}","commit":"{}"}})",
        below(100'000), below(1'000'000), below(900), below(10'000'000), below(900), below(1000),
        hex(32), hex(40)));
    lines.push_back(fmt::format(
        R"(time="{}" level=warning msg="retry {} of 5" attempt={} elapsed={}ms unix_nano=17638{:05}{:09})",
        time(), below(5), below(5), below(5000), below(100'000), below(1'000'000'000)));
    lines.push_back(fmt::format(
        R"(kernel: [{:6}.{:06}] eth0: renamed from veth{} mac 02:42:{}:{}:{}:{} at 0x{})",
        below(100'000), below(1'000'000), hex(7), hex(2), hex(2), hex(2), hex(2), hex(16)));
  }
  return lines;
}

}  // namespace obs::test
