// What tail sampling keeps on disk: changes and states of any bytes are refused, or leave a state
// that is saved and restored the same and goes on the same.

#include <vector>

#include "libobs/places/tail_state.h"
#include "tests/fuzz/check.h"

using namespace obs;
using fuzz::check;
using places::TailState;

namespace {

lang::TailSampleOptions options() {
  lang::TailSampleOptions options;
  options.wait = kSecond;
  options.max_traces = 50;
  options.max_bytes = 1 << 16;
  options.remembered = 50;
  options.policies = {{0b01, 0}, {0b10, 1}};
  options.limits = {1, 10};
  return options;
}

// The input as changes, each behind its length.
std::vector<std::string_view> split_changes(std::string_view input) {
  std::vector<std::string_view> changes;
  while (input.size() > 1) {
    const std::size_t size =
        std::min<std::size_t>(static_cast<unsigned char>(input[0]), input.size() - 1);
    changes.push_back(input.substr(1, size));
    input.remove_prefix(1 + size);
  }
  return changes;
}

void apply_and_compare(TailState& state, std::string_view change) {
  TailState other(options());
  const std::string before = state.save();
  check(other.restore(before).has_value(), "what was saved is restored");
  const bool applied = state.apply(change).has_value();
  check(other.apply(change).has_value() == applied, "both take the change, or neither");
  check(other.save() == state.save(), "both go on the same");
  check(applied || state.save() == before, "what is refused changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::as_text(data, size);
  TailState any(options());
  if (any.restore(input)) {
    std::string change;
    places::append_advance(change, any.now() + kSecond);
    apply_and_compare(any, change);
  }
  TailState state(options());
  for (const std::string_view change : split_changes(input)) apply_and_compare(state, change);
  return 0;
}
