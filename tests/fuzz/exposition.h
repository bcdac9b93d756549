// What holds for any bytes taken as what an exporter exposes.

#pragma once

#include "libobs/base/text.h"
#include "libobs/codec/exposition.h"
#include "tests/fuzz/check.h"

namespace obs::fuzz {

inline void check_exposition(codec::ExpositionFormat format, std::string_view input) {
  const auto exposition = codec::parse_exposition(format, std::string(input));
  if (!exposition) {
    check(exposition.error().code != Errc::kInternal, "input causes no internal error");
    return;
  }
  for (const codec::ExposedSample& sample : exposition->samples) {
    check(sample.family < exposition->families.size(), "a sample has a family");
    check(!sample.name.empty() && is_valid_utf8(sample.name), "a sample has a name");
    for (const auto& [key, value] : sample.labels) {
      check(is_valid_utf8(key) && is_valid_utf8(value.as_string()), "labels are UTF-8");
      check(!value.as_string().empty(), "no label is empty");
    }
    const bool is_float = sample.kind == codec::PrometheusValue::kFloat;
    check(is_float == (sample.distribution == nullptr), "only a histogram has a distribution");
  }
}

}  // namespace obs::fuzz
