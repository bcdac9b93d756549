// A visit: who asked for what, drawn once a trace, and the fields that spans and logs take from it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cmd/obs-sim/random.h"
#include "libobs/base/arena.h"
#include "libobs/model/value.h"

namespace obs::sim {

enum class Field : std::uint8_t {
  kUser,
  kSession,
  kProduct,
  kProductName,
  kQuantity,
  kItems,
  kOrder,
  kTotal,
  kCurrency,
  kCountry,
  kMethod,
  kLastDigits,
  kTracking,
  kTerm,
  kResults,
};

struct Visit {
  std::uint32_t user = 0;
  std::uint64_t session = 0;
  std::uint32_t product = 0;
  std::uint32_t quantity = 1;
  std::uint32_t items = 1;
  std::uint64_t order = 0;
  std::uint32_t total_cents = 0;
  std::uint32_t market = 0;  // Country and currency.
  std::uint32_t method = 0;
  std::uint32_t last_digits = 0;
  std::uint32_t term = 0;
  std::uint32_t results = 0;
  std::uint32_t address = 0;  // IPv4.
  std::uint32_t agent = 0;
};

Visit draw_visit(Random& random);

// The attribute of a field: its key, and its value with any text in `arena`.
model::KeyValue attribute_of(Field field, const Visit& visit, Arena& arena);

// `pattern` in `arena` with each {name} replaced: those of fields ("user", "order"…), "error" for
// `error` and "ms" for `milliseconds`.
std::string_view fill_pattern(std::string_view pattern, const Visit& visit, Arena& arena,
                              std::string_view error = {}, double milliseconds = 0);

std::string client_address(const Visit& visit);
std::string_view user_agent(const Visit& visit);
std::string_view payment_method(std::uint32_t method);
std::string_view currency(std::uint32_t market);
inline constexpr std::uint32_t kPaymentMethods = 4;
inline constexpr std::uint32_t kMarkets = 6;

}  // namespace obs::sim
