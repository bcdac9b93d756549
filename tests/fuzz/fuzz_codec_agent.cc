// Batches of the agent stream: what they become is an OTLP request that can be read.

#include <string>

#include "libobs/codec/agent_batch.h"
#include "libobs/codec/grpc_messages.h"
#include "libobs/codec/otlp.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace obs;
  const std::string_view input = fuzz::as_text(data, size);
  (void)codec::decode_health_request(input);
  const auto head = codec::read_agent_head(input);
  auto otlp = codec::agent_batch_to_otlp(input);
  if (!otlp) return 0;
  fuzz::check(static_cast<bool>(head), "a batch that can be read has a head");
  // Merging in front what is there already changes nothing but the list of labels.
  fuzz::check(static_cast<bool>(codec::agent_batch_to_otlp(head->resource + std::string(input))),
              "a batch may follow its resource");
  const auto decoded =
      codec::decode_otlp_protobuf(model::Signal::kMetrics, std::move(*otlp), 1'000'000'000);
  fuzz::check(decoded || decoded.error().code == Errc::kLimitExceeded,
              "what it becomes is a request of OTLP");
  return 0;
}
