#include "libobs/store/numbers_merge.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace obs::store {
namespace {

bool comes_before(const NumberRow& a, const NumberRow& b) {
  return std::tie(a.time, a.arrival, a.arrival_row) < std::tie(b.time, b.arrival, b.arrival_row);
}

using Cells = std::vector<std::optional<std::string_view>>;

std::optional<std::string_view> cell(const Cells& cells, std::size_t row) {
  return cells.empty() ? std::nullopt : cells[row];
}

}  // namespace

Result<std::optional<std::uint32_t>> NumbersMerge::Input::next() {
  while (!rows_ || rows_->rows_of_series() == 0) {
    if (group_ == part_.group_count()) return std::optional<std::uint32_t>();
    if (part_.has_text()) {
      OBS_TRY(texts_, part_.read_texts(group_));
    }
    OBS_TRY(columns_, part_.read(group_++, true));
    rows_.emplace(columns_);
    taken_ = 0;
  }
  return std::optional(rows_->series());
}

void NumbersMerge::Input::take(std::vector<NumberRow>& to, std::deque<Text>& texts) {
  const std::size_t first = to.size();
  for (std::uint32_t left = rows_->rows_of_series(); left > 0;) {
    const std::uint32_t alike = rows_->alike(left);
    rows_->append_rows(alike, to);
    rows_->skip(alike);
    left -= alike;
  }
  const std::span<NumberRow> taken = std::span(to).subspan(first);
  if (part_.has_text()) take_texts(taken, texts);
  taken_ += static_cast<std::uint32_t>(taken.size());
}

void NumbersMerge::Input::take_texts(std::span<NumberRow> rows, std::deque<Text>& texts) const {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto exemplars = cell(texts_.exemplars, taken_ + i);
    const auto extra = cell(texts_.extra, taken_ + i);
    if (!exemplars && !extra) continue;
    Text& text = texts.emplace_back(
        Text{std::string(exemplars.value_or("")), std::string(extra.value_or("")), {}});
    if (exemplars) text.text.exemplars = text.exemplars;
    if (extra) text.text.extra = text.extra;
    rows[i].text = &text.text;
  }
}

Result<std::unique_ptr<NumbersMerge>> NumbersMerge::start(Fs& fs, std::span<const PartFile> files) {
  std::vector<Input> inputs;
  for (const PartFile& file : files) {
    OBS_TRY(NumbersPart part, NumbersPart::open(fs, file.path));
    if (part.has_text() && !part.has_our_pages()) {
      return fail(Errc::kUnsupported, file.path + " has text that another program wrote");
    }
    inputs.emplace_back(std::move(part));
  }
  return std::unique_ptr<NumbersMerge>(new NumbersMerge(std::move(inputs)));
}

// The rows of the next series, from all parts.
Result<SeriesRows> NumbersMerge::next() {
  rows_.clear();
  texts_.clear();
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
  bool any = false;
  for (Input& input : inputs_) {
    OBS_TRY(const auto series, input.next());
    if (!series) continue;
    least = std::min(least, *series);
    any = true;
  }
  if (!any) return SeriesRows();
  for (Input& input : inputs_) {
    for (;;) {
      OBS_TRY(const auto series, input.next());
      if (series != least) break;
      input.take(rows_, texts_);
    }
  }
  if (!std::is_sorted(rows_.begin(), rows_.end(), comes_before)) {
    std::stable_sort(rows_.begin(), rows_.end(), comes_before);
  }
  return SeriesRows{least, rows_};
}

}  // namespace obs::store
