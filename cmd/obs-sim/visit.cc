#include "cmd/obs-sim/visit.h"

#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "libobs/base/text.h"

namespace obs::sim {
namespace {

using model::KeyValue;
using model::Value;

struct Product {
  std::string_view id;
  std::string_view name;
  std::uint32_t cents;
};
constexpr std::array<Product, 16> kProducts = {{{"LMP-1004", "Brass desk lamp", 7900},
                                                {"KTL-2210", "Enamel kettle, 1.5 l", 4250},
                                                {"CHR-0917", "Folding oak chair", 12900},
                                                {"MUG-3301", "Stoneware mug", 1400},
                                                {"RUG-7120", "Wool rug 140x200", 24900},
                                                {"CLK-5562", "Kitchen clock", 3500},
                                                {"PAN-4418", "Cast-iron pan, 28 cm", 5990},
                                                {"TWL-8080", "Linen towel, set of 2", 2650},
                                                {"BKT-6003", "Willow basket", 3120},
                                                {"VAS-1550", "Smoked-glass vase", 4800},
                                                {"SHF-9044", "Wall shelf, ash", 8900},
                                                {"CND-2077", "Beeswax candle", 990},
                                                {"PLW-3390", "Feather pillow", 5400},
                                                {"TRY-4721", "Café tray, “Lyon”", 2890},
                                                {"MIR-6615", "Round mirror, 60 cm", 9950},
                                                {"PLT-7008", "Terracotta pot 🌵", 1750}}};

struct Market {
  std::string_view country;
  std::string_view currency;
};
constexpr std::array<Market, kMarkets> kShopMarkets = {
    {{"DE", "EUR"}, {"FR", "EUR"}, {"US", "USD"}, {"GB", "GBP"}, {"CH", "CHF"}, {"JP", "JPY"}}};

constexpr std::array<std::string_view, kPaymentMethods> kMethods = {"card", "wallet", "invoice",
                                                                    "bank_transfer"};
constexpr std::array<std::string_view, 8> kTerms = {
    "lamp", "kettle", "garden chair", "mug blue", "rug", "küchenuhr", "gift under 20", "花瓶"};
constexpr std::array<std::string_view, 4> kAgents = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "okhttp/4.12.0 shop-android/7.3"};

struct FieldInfo {
  std::string_view name;
  std::string_view key;
};
constexpr std::array<FieldInfo, 15> kFields = {{{"user", "user.id"},
                                                {"session", "session.id"},
                                                {"product", "shop.product.id"},
                                                {"name", "shop.product.name"},
                                                {"quantity", "shop.quantity"},
                                                {"items", "shop.cart.items"},
                                                {"order", "shop.order.id"},
                                                {"total", "shop.order.total"},
                                                {"currency", "shop.currency"},
                                                {"country", "shop.country"},
                                                {"method", "shop.payment.method"},
                                                {"last4", "shop.payment.card_last4"},
                                                {"tracking", "shop.tracking_number"},
                                                {"term", "shop.search.term"},
                                                {"results", "shop.search.results"}}};

Value value_of(Field field, const Visit& visit, Arena& arena) {
  const auto copied = [&](const std::string& text) { return Value::string(arena.copy(text)); };
  switch (field) {
    case Field::kUser: return copied(fmt::format("u-{:05}", visit.user));
    case Field::kSession: return copied(fmt::format("{:016x}", visit.session));
    case Field::kProduct: return Value::string(kProducts[visit.product].id);
    case Field::kProductName: return Value::string(kProducts[visit.product].name);
    case Field::kQuantity: return Value::integer(visit.quantity);
    case Field::kItems: return Value::integer(visit.items);
    case Field::kOrder: return copied(fmt::format("O-{:08X}", visit.order & 0xFFFFFFFF));
    case Field::kTotal: return Value::number(visit.total_cents / 100.0);
    case Field::kCurrency: return Value::string(currency(visit.market));
    case Field::kCountry: return Value::string(kShopMarkets[visit.market].country);
    case Field::kMethod: return Value::string(payment_method(visit.method));
    case Field::kLastDigits: return copied(fmt::format("{:04}", visit.last_digits));
    case Field::kTracking: return copied(fmt::format("PW{:010}", visit.order % 10'000'000'000));
    case Field::kTerm: return Value::string(kTerms[visit.term]);
    case Field::kResults: return Value::integer(visit.results);
  }
  return {};
}

void append_text(std::string& out, const Value& value) {
  if (value.kind() == model::ValueKind::kInt) {
    append_int(out, value.as_int());
  } else if (value.kind() == model::ValueKind::kDouble) {
    fmt::format_to(std::back_inserter(out), "{:.2f}", value.as_double());
  } else {
    out += value.as_string();
  }
}

void append_named(std::string& out, std::string_view name, const Visit& visit, Arena& arena) {
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (kFields[i].name == name) append_text(out, value_of(static_cast<Field>(i), visit, arena));
  }
}

}  // namespace

Visit draw_visit(Random& random) {
  Visit visit;
  // A few customers come often.
  visit.user = static_cast<std::uint32_t>(std::pow(random.uniform(), 2.5) * 20'000);
  visit.session = mix({visit.user, random.below(3)});
  // And a few products sell often.
  visit.product = static_cast<std::uint32_t>(std::pow(random.uniform(), 1.6) * kProducts.size());
  visit.quantity = 1 + static_cast<std::uint32_t>(random.exponential(0.7));
  visit.items = visit.quantity + random.below(4);
  visit.order = random.next();
  visit.total_cents = kProducts[visit.product].cents * visit.quantity + random.below(9'000);
  visit.market = mix(visit.user) % kMarkets;
  visit.method = random.chance(0.7) ? 0 : random.below(kPaymentMethods);
  visit.last_digits = mix(visit.user + 1) % 10'000;
  visit.term = random.below(kTerms.size());
  visit.results = random.chance(0.08) ? 0 : 1 + random.below(60);
  visit.address = static_cast<std::uint32_t>(mix(visit.user + 2));
  visit.agent = mix(visit.user + 3) % kAgents.size();
  return visit;
}

KeyValue attribute_of(Field field, const Visit& visit, Arena& arena) {
  return {kFields[static_cast<std::size_t>(field)].key, value_of(field, visit, arena)};
}

std::string_view fill_pattern(std::string_view pattern, const Visit& visit, Arena& arena,
                              std::string_view error, double milliseconds) {
  if (pattern.find('{') == std::string_view::npos) return pattern;
  std::string out;
  for (;;) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) return arena.copy(out);
    const std::size_t close = pattern.find('}', open);
    const std::string_view name = pattern.substr(open + 1, close - open - 1);
    if (name == "error") {
      out += error;
    } else if (name == "ms") {
      fmt::format_to(std::back_inserter(out), "{:.1f}", milliseconds);
    } else {
      append_named(out, name, visit, arena);
    }
    pattern.remove_prefix(close + 1);
  }
}

std::string client_address(const Visit& visit) {
  // Documentation networks (RFC 5737): nobody lives there.
  constexpr std::array<std::string_view, 3> kNetworks = {"192.0.2", "198.51.100", "203.0.113"};
  return fmt::format("{}.{}", kNetworks[visit.address % 3], visit.address / 3 % 256);
}

std::string_view user_agent(const Visit& visit) { return kAgents[visit.agent]; }
std::string_view payment_method(std::uint32_t method) { return kMethods[method]; }
std::string_view currency(std::uint32_t market) { return kShopMarkets[market].currency; }

}  // namespace obs::sim
