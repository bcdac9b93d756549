// A stream's labels as Loki writes them in text: {name="value", other="say \"hi\""}.

#pragma once

#include <string_view>
#include <vector>

#include "libobs/base/arena.h"
#include "libobs/base/result.h"
#include "libobs/model/value.h"

namespace obs::codec {

// Appends each label as an attribute; values with escapes are copied into the arena, others lie in
// `text`. Values are quoted as Go does it, in double quotes or in backticks.
Result<void, ParseError> parse_loki_labels(std::string_view text, Arena& arena,
                                           std::vector<model::KeyValue>& labels);

// Whether Loki takes it for the name of a label: a letter or `_`, then letters, digits, `_`, `:`.
bool is_loki_label(std::string_view name);

}  // namespace obs::codec
