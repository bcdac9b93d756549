// Inputs whose records may go over several lines, as chunks of ndjson: read as far as the records
// that are handed on need it, so that what is in memory is one record, or a few.

#pragma once

#include <memory>

#include "cmd/obs-pipe/decode_chunks.h"

namespace obs::pipe {

// What one record may come to, and a document of JSON that is checked to the letter.
inline constexpr std::size_t kMaxRecord = 4 * kGiB;

// The formats of decode_chunks(). A `strict` input of JSON is read whole.
std::unique_ptr<Chunks> decode_json(std::unique_ptr<Chunks> input, bool strict);
std::unique_ptr<Chunks> decode_csv(std::unique_ptr<Chunks> input, BadLines bad);

}  // namespace obs::pipe
