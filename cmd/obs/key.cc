#include "cmd/obs/key.h"

#include <array>

#include <fmt/format.h>

#include "libobs/api/api_key.h"
#include "libobs/app/stdout.h"
#include "libobs/base/hash.h"
#include "libobs/base/text.h"
#include "libobs/net/digest.h"

namespace obs::suite {
namespace {

// 160 bits: nobody guesses them, and their hash needs no salt.
constexpr std::size_t kKeyBytes = 20;

std::string make_secret() {
  std::array<std::byte, kKeyBytes> bytes;
  fill_random(bytes);
  std::string out = "obs_";
  append_hex(out, bytes);
  return out;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out += fmt::format("{}\"{}\":", out.empty() ? "{" : ",", name);
  append_json_string(out, text);
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out += fmt::format(",\"{}\":[", name);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, items[i]);
  }
  out += ']';
}

}  // namespace

Result<void> run_key(const KeyOptions& options) {
  const std::string secret = make_secret();
  OBS_TRY(const net::Sha256 digest, net::sha256(secret));
  std::string hash = "sha256:";
  append_hex(hash, digest);
  std::string line;
  append_member(line, "name", options.name.empty() ? options.project : options.name);
  append_member(line, "project", options.project);
  append_member(line, "hash", hash);
  append_list(line, "signals", options.signals);
  append_list(line, "origins", options.origins);
  line += "}\n";
  // What the options say is judged as the file will be.
  if (const auto keys = api::parse_api_keys(line); !keys)
    return fail(Errc::kInvalidArgument, keys.error().message);
  app::Stdout out;
  OBS_TRY_VOID(out.write(line));
  OBS_TRY_VOID(out.flush());
  fmt::print(stderr, "obs key: {}\n", secret);
  return {};
}

}  // namespace obs::suite
