#include "cmd/obs-sim/traffic.h"

#include <array>

#include "cmd/obs-sim/random.h"

namespace obs::sim {
namespace {

// Of the daily average at each full hour, UTC: a quiet night, a bump at lunch, a busy evening.
constexpr std::array<double, 24> kHours = {0.55, 0.38, 0.27, 0.21, 0.20, 0.25, 0.42, 0.68,
                                           0.92, 1.05, 1.13, 1.22, 1.38, 1.30, 1.15, 1.12,
                                           1.20, 1.38, 1.58, 1.75, 1.80, 1.65, 1.38, 1.03};

struct Share {
  Op entry;
  double share;
};
constexpr std::array<Share, 8> kMix = {{{Op::kHome, 0.24},
                                        {Op::kProductPage, 0.35},
                                        {Op::kSearchPage, 0.14},
                                        {Op::kAddToCart, 0.09},
                                        {Op::kCartPage, 0.07},
                                        {Op::kLoginPage, 0.055},
                                        {Op::kCheckoutPage, 0.05},
                                        {Op::kStockSync, 0.005}}};

constexpr double sum_of_hours() {
  double sum = 0;
  for (const double hour : kHours) sum += hour;
  return sum;
}
constexpr double kMeanHour = sum_of_hours() / 24;

// Each page by its share and what draws people to it just now.
Op pick_entry(const std::array<double, kMix.size()>& weights, double total, Random& random) {
  double left = random.uniform() * total;
  for (std::size_t i = 0; i < kMix.size(); ++i) {
    left -= weights[i];
    if (left < 0) return kMix[i].entry;
  }
  return kMix.back().entry;
}

}  // namespace

double daily_rhythm(Timestamp time) {
  const Timestamp of_day = (time % kDay + kDay) % kDay;
  const auto hour = static_cast<std::size_t>(of_day / kHour);
  const double part = static_cast<double>(of_day % kHour) / kHour;
  return (kHours[hour] * (1 - part) + kHours[(hour + 1) % 24] * part) / kMeanHour;
}

std::vector<Arrival> draw_arrivals(const TrafficOptions& options, const Weather& weather,
                                   Timestamp begin, std::uint64_t seed) {
  std::array<double, kMix.size()> weights{};
  double total = 0;
  for (std::size_t i = 0; i < kMix.size(); ++i) {
    total += weights[i] = kMix[i].share * weather.traffic(kMix[i].entry, begin);
  }
  const double rate = options.rate * total * (options.rhythm ? daily_rhythm(begin) : 1);
  std::vector<Arrival> arrivals;
  if (rate <= 0) return arrivals;
  Random random(mix({seed, static_cast<std::uint64_t>(begin)}));
  // People do not know of each other: the gaps between them are exponential.
  const auto gap = [&] { return random.exponential(static_cast<double>(kSecond) / rate); };
  double at = gap();
  while (at < kSecond) {
    arrivals.push_back(
        {pick_entry(weights, total, random), begin + static_cast<Duration>(at), random.next()});
    at += gap();
  }
  return arrivals;
}

}  // namespace obs::sim
