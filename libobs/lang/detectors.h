// Detectors: what `redact` knows to find. Each is a pure scan over text.
//
// A detector appends the extents of the secrets in a text, in no order and perhaps overlapping.
// Where a text may or may not be a secret, it is one: redaction fails closed. Each runs in time
// linear in the text, whatever it holds. What suspect() (redact_scan.h) does not suspect, none of
// them finds.

#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "libobs/lang/diagnostic.h"

namespace obs::lang {

struct Detector {
  std::string_view name;     // "email".
  std::string_view summary;  // One line for the manual.
  void (*find)(std::string_view text, std::vector<Extent>& out);
};

// In the order of the manual. `secret` finds what jwt, aws, github, slack, bearer and private_key
// find, and values beside names such as password and api_key.
std::span<const Detector> detectors();
const Detector* find_detector(std::string_view name);  // nullptr when there is none.
std::span<const std::string_view> detector_names();

// The scans, by the file they are in.
// detect_contact.cc
void find_email(std::string_view text, std::vector<Extent>& out);
void find_ip(std::string_view text, std::vector<Extent>& out);
// detect_number.cc
void find_card(std::string_view text, std::vector<Extent>& out);
void find_ssn(std::string_view text, std::vector<Extent>& out);
void find_phone(std::string_view text, std::vector<Extent>& out);
// The first card that begins in [from, limit), where no group of digits is cut; empty when none
// does.
Extent next_card(std::string_view text, std::size_t from, std::size_t limit);
// detect_key.cc
void find_jwt(std::string_view text, std::vector<Extent>& out);
void find_aws_key(std::string_view text, std::vector<Extent>& out);
void find_github_token(std::string_view text, std::vector<Extent>& out);
void find_slack_token(std::string_view text, std::vector<Extent>& out);
void find_bearer(std::string_view text, std::vector<Extent>& out);
void find_private_key(std::string_view text, std::vector<Extent>& out);
// detect_named.cc
void find_named_secret(std::string_view text, std::vector<Extent>& out);

// Whether a key, attribute or variable of that name holds a secret: password, API_KEY,
// clientSecret, access_token.
bool is_secret_name(std::string_view name);

// Words, in lower case, beside which digits that could be anything are a social security number or
// a phone number.
inline constexpr std::array<std::string_view, 2> kSsnWords = {"ssn", "social"};
inline constexpr std::array<std::string_view, 8> kPhoneWords = {
    "phone", "mobile", "msisdn", "fax", "tel:", "tel=", "tel\"", "tel."};

}  // namespace obs::lang
