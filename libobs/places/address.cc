// Addresses: one table of schemes says which parts and options each takes, and what the error
// messages list.

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/places/places.h"

namespace obs::places {
namespace {

constexpr std::string_view kForms =
    "-, file:PATH, dir:PATH, redis://HOST:PORT/DB?stream=NAME&group=NAME, otlphttp://HOST:PORT, "
    "null:";

struct Scheme {
  std::string_view name;
  bool network = false;  // "://HOST" follows, else a path.
  int port = 0;          // When none is given.
  std::vector<std::string_view> options;
};

const Scheme* find_scheme(std::string_view name) {
  static const std::vector<std::string_view> redis = {"stream",     "group", "password",
                                                      "durability", "ca",    "insecure"};
  static const std::vector<std::string_view> otlp = {"timeout", "compression", "header", "ca"};
  static const std::array<Scheme, 6> schemes = {{{"file", false, 0, {"sync"}},
                                                 {"dir", false, 0, {}},
                                                 {"redis", true, 6379, redis},
                                                 {"rediss", true, 6379, redis},
                                                 {"otlphttp", true, 4318, otlp},
                                                 {"otlphttps", true, 443, otlp}}};
  const auto found = std::find_if(schemes.begin(), schemes.end(),
                                  [&](const Scheme& scheme) { return scheme.name == name; });
  return found == schemes.end() ? nullptr : &*found;
}

Failure<Error> refuse(std::string_view text, std::string_view why) {
  return fail(Errc::kInvalidArgument, fmt::format("address '{}': {}", text, why));
}

std::optional<std::string> decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::byte byte{};
    if (text.size() - i < 3 || !parse_hex(text.substr(i + 1, 2), {&byte, 1})) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

// Parsing goes through the text once, taking parts off its front.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), shown_(text), rest_(text) {}

  Result<Address> parse() {
    if (rest_ == "-" || rest_ == "null:") {
      address_.text = rest_;
      address_.scheme = rest_.substr(0, rest_.find(':'));
      return std::move(address_);
    }
    OBS_TRY_VOID(parse_scheme());
    const auto mark = rest_.find('?');
    const auto query = mark == rest_.npos ? std::string_view() : rest_.substr(mark + 1);
    rest_ = rest_.substr(0, mark);
    OBS_TRY_VOID(scheme_->network ? parse_network() : parse_path());
    OBS_TRY_VOID(parse_options(query));
    address_.text = shown_;
    return std::move(address_);
  }

 private:
  Result<void> parse_scheme() {
    const auto colon = rest_.find(':');
    const auto name = rest_.substr(0, colon);
    scheme_ = colon == rest_.npos ? nullptr : find_scheme(name);
    if (!scheme_) return refuse_scheme(name, colon != rest_.npos);
    address_.scheme = name;
    rest_.remove_prefix(colon + 1);
    if (scheme_->network && !rest_.starts_with("//")) {
      return refuse(shown_, fmt::format("'//' and a host must follow '{}:'", name));
    }
    if (rest_.starts_with("//")) rest_.remove_prefix(2);
    return {};
  }

  Failure<Error> refuse_scheme(std::string_view name, bool has_scheme) const {
    if (!has_scheme && !name.empty()) {
      return refuse(shown_,
                    fmt::format("a path needs to say what it is: dir:{} for a store, or file:{} "
                                "for a file of records",
                                name, name));
    }
    // What follows may hold a password.
    return refuse(fmt::format("{}:…", name),
                  fmt::format("unknown kind of place; it is one of {}", kForms));
  }

  Result<void> parse_path() {
    auto path = decode_percent(rest_);
    if (!path) return refuse(shown_, "a '%' in the path must be written %25");
    if (path->empty()) return refuse(shown_, "the path is missing");
    if (path->find('\0') != path->npos) return refuse(shown_, "a path cannot hold a zero byte");
    address_.path = *std::move(path);
    return {};
  }

  Result<void> parse_network() {
    const auto slash = rest_.find('/');
    const auto tail = slash == rest_.npos ? std::string_view() : rest_.substr(slash + 1);
    auto authority = rest_.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != authority.npos) {
      OBS_TRY_VOID(parse_user(authority.substr(0, at)));
      authority.remove_prefix(at + 1);
    }
    OBS_TRY_VOID(parse_host(authority));
    if (scheme_->name.starts_with("redis")) {
      address_.database = tail.empty() ? "0" : tail;
      if (!parse_uint(address_.database)) return refuse(shown_, "a Redis database is a number");
    } else if (!tail.empty()) {
      address_.path = fmt::format("/{}", tail.substr(0, tail.find_last_not_of('/') + 1));
    }
    return {};
  }

  Result<void> parse_user(std::string_view user) {
    const auto colon = user.find(':');
    auto name = decode_percent(user.substr(0, colon));
    auto password = decode_percent(colon == user.npos ? "" : user.substr(colon + 1));
    if (!name || !password) return refuse("…", "a '%' in the user must be written %25");
    address_.user = *std::move(name);
    address_.password = *std::move(password);
    if (colon != user.npos) hide(user.substr(colon + 1));
    return {};
  }

  // HOST, HOST:PORT, [V6] or [V6]:PORT.
  Result<void> parse_host(std::string_view host) {
    std::string_view port;
    if (host.starts_with('[')) {
      const auto close = host.find(']');
      if (close == host.npos) return refuse(shown_, "']' is missing after the IPv6 address");
      port = host.substr(close + 1);
      host = host.substr(1, close - 1);
    } else if (const auto colon = host.find(':'); colon != host.npos) {
      port = host.substr(colon);
      host = host.substr(0, colon);
    }
    address_.host = host;
    if (host.empty()) return refuse(shown_, "the host is missing");
    address_.port = scheme_->port;
    if (port.empty()) return {};
    const auto number = port.front() == ':' ? parse_uint(port.substr(1)) : std::nullopt;
    if (!number || *number == 0 || *number > 65535) {
      return refuse(shown_, "the port is a number from 1 to 65535");
    }
    address_.port = static_cast<int>(*number);
    return {};
  }

  Result<void> parse_options(std::string_view query) {
    if (query.empty()) return {};
    for (std::string_view pair : split(query, '&')) {
      const auto equals = pair.find('=');
      const std::string name(pair.substr(0, equals));
      OBS_TRY_VOID(check_option(name));
      auto value = decode_percent(equals == pair.npos ? "1" : pair.substr(equals + 1));
      if (!value) return refuse(shown_, fmt::format("bad percent-encoding in '{}'", name));
      if (name == "password" || name == "header") hide(pair.substr(equals + 1));
      if (!address_.options.emplace(name, *std::move(value)).second) {
        return refuse(shown_, fmt::format("'{}' is given twice", name));
      }
    }
    return {};
  }

  Result<void> check_option(std::string_view name) const {
    const auto& known = scheme_->options;
    if (std::find(known.begin(), known.end(), name) != known.end()) return {};
    std::string why = fmt::format("unknown option '{}'", name);
    if (const auto nearest = find_nearest(name, known); !nearest.empty()) {
      return refuse(shown_, fmt::format("{}; did you mean '{}'?", why, nearest));
    }
    return refuse(shown_, known.empty() ? fmt::format("{}: {}: takes none", why, scheme_->name)
                                        : fmt::format("{}: {}: takes {}", why, scheme_->name,
                                                      fmt::join(known, ", ")));
  }

  // Takes a secret out of what messages show. Secrets are met front to back, so what is behind one
  // is still as far from the end as it was.
  void hide(std::string_view secret) {
    const auto from_end = static_cast<std::size_t>(text_.data() + text_.size() - secret.data());
    if (!secret.empty()) shown_.replace(shown_.size() - from_end, secret.size(), "…");
  }

  std::string_view text_;
  std::string shown_;
  std::string_view rest_;
  const Scheme* scheme_ = nullptr;
  Address address_;
};

}  // namespace

std::string Address::option(const std::string& name, std::string_view fallback) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string(fallback) : found->second;
}

Result<Address> parse_address(std::string_view text) { return Parser(text).parse(); }

}  // namespace obs::places
