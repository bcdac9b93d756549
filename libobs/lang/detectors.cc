#include "libobs/lang/detectors.h"

#include <algorithm>
#include <array>

namespace obs::lang {
namespace {

void find_secret(std::string_view text, std::vector<Extent>& out) {
  std::vector<Extent> found;
  for (auto* find : {find_jwt, find_aws_key, find_github_token, find_slack_token, find_bearer,
                     find_private_key, find_named_secret}) {
    find(text, found);
  }
  std::sort(found.begin(), found.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  const std::size_t first = out.size();
  for (const Extent& extent : found) {
    if (out.size() > first && extent.begin < out.back().end) {
      out.back().end = std::max(out.back().end, extent.end);
    } else {
      out.push_back(extent);
    }
  }
}

constexpr std::array kDetectors = {
    Detector{"email", "e-mail addresses, %40 in URLs included", find_email},
    Detector{"card", "payment card numbers of 13 to 19 digits that pass Luhn's check", find_card},
    Detector{"ssn", "US social security numbers", find_ssn},
    Detector{"phone", "international and North American phone numbers", find_phone},
    Detector{"ip", "IPv4 and IPv6 addresses", find_ip},
    Detector{"jwt", "JSON web tokens", find_jwt},
    Detector{"aws", "AWS access key ids", find_aws_key},
    Detector{"github", "GitHub tokens", find_github_token},
    Detector{"slack", "Slack tokens and web hooks", find_slack_token},
    Detector{"bearer", "credentials after Bearer and Basic", find_bearer},
    Detector{"private_key", "private keys in PEM form", find_private_key},
    Detector{"secret", "all keys and tokens above, and values of names such as password",
             find_secret},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kDetectors.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kDetectors[i].name;
  return names;
}();

}  // namespace

std::span<const Detector> detectors() { return kDetectors; }
std::span<const std::string_view> detector_names() { return kNames; }

const Detector* find_detector(std::string_view name) {
  for (const Detector& detector : kDetectors) {
    if (detector.name == name) return &detector;
  }
  return nullptr;
}

}  // namespace obs::lang
