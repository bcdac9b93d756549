#include "libobs/places/line_batcher.h"

#include <utility>

#include <fmt/format.h>

#include "libobs/base/bytes.h"
#include "libobs/base/hash.h"
#include "libobs/places/line_splitter.h"

namespace obs::places {
namespace {

constexpr std::size_t kBatchRecords = 1000;
constexpr std::size_t kBatchBytes = kMiB;
// Told one by one; beyond these the count at the end says enough.
constexpr std::uint64_t kWarnings = 5;

codec::NdjsonDecoder make_decoder(bool strict) {
  return codec::NdjsonDecoder({.trusted = true, .strict = strict});
}

}  // namespace

LineBatcher::LineBatcher(std::string origin, bool strict, pipeline::Ledger& ledger,
                         std::function<void(std::string_view)> warn)
    : decoders_{make_decoder(strict), make_decoder(strict), make_decoder(strict)},
      ledger_(ledger),
      warn_(std::move(warn)),
      origin_(std::move(origin)),
      hash_(hash64(origin_)) {}

void LineBatcher::add_line(std::string_view line, Timestamp received) {
  ++lines_;
  if (!origin_.empty()) hash_ = hash64(line, hash_);
  gathered_ += line.size();
  auto added = find_decoder(line).add_line(line, received);
  if (!added) refuse(to_error(added.error()).message, line.size());
}

void LineBatcher::add_overlong(std::uint64_t lines) {
  for (; lines > 0; --lines) {
    ++lines_;
    refuse(fmt::format("longer than {} MiB", kMaxLine / kMiB), kMaxLine);
  }
}

void LineBatcher::refuse(std::string_view reason, std::uint64_t bytes) {
  const std::string message = fmt::format("line {}: {}", lines_, reason);
  if (refused_++ == 0) first_refusal_ = message;
  ledger_.count_undecodable("line", bytes);
  if (warn_ && refused_ <= kWarnings) warn_(message);
}

// Goes by how obs itself spells the start of a line. Any decoder takes any line, so a guess that is
// wrong costs memory and nothing else.
codec::NdjsonDecoder& LineBatcher::find_decoder(std::string_view line) {
  if (line.starts_with(R"({"signal":"span")")) return decoders_[1];
  if (line.starts_with(R"({"signal":"metric")")) return decoders_[2];
  return decoders_[0];
}

std::size_t LineBatcher::count_records() const {
  std::size_t records = 0;
  for (const auto& decoder : decoders_) records += decoder.size();
  return records;
}

bool LineBatcher::is_full() const {
  return count_records() >= kBatchRecords || gathered_ >= kBatchBytes;
}

std::vector<model::Batch> LineBatcher::take() {
  std::vector<model::Batch> all;
  for (auto& decoder : decoders_) {
    for (model::Batch& batch : decoder.take()) {
      give_id(batch, all.size());
      all.push_back(std::move(batch));
    }
  }
  gathered_ = 0;
  return all;
}

void LineBatcher::give_id(model::Batch& batch, std::size_t index) const {
  if (origin_.empty()) return fill_random(batch.id.bytes);
  batch.id.bytes = hash128(fmt::format("{} {} {}", origin_, lines_, index), hash_);
}

Result<void> LineBatcher::verdict() const {
  if (refused_ == 0) return {};
  return fail(Errc::kMalformed, fmt::format("{} of {} lines were refused; the first: {}", refused_,
                                            lines_, first_refusal_));
}

}  // namespace obs::places
