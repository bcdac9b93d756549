// Which scheme opens what.

#include <utility>

#include <fmt/format.h>

#include "libobs/places/line_source.h"
#include "libobs/places/ndjson_sink.h"
#include "libobs/places/otlphttp_sink.h"
#include "libobs/places/places.h"
#include "libobs/places/redis_sink.h"
#include "libobs/places/redis_source.h"

namespace obs::places {
namespace {

// `dir:` as a sink, which waits for no peer: what is wrong with the directory fails here.
Result<std::unique_ptr<pipeline::Sink>> open_store(const Address& address,
                                                   const OpenContext& context) {
  auto writer = store::Writer::open(system_fs(), system_clock(), address.path, context.registry,
                                    context.store);
  if (writer) return std::unique_ptr<pipeline::Sink>(*std::move(writer));
  // The command line was right; it is the directory that is not what it should be.
  Error error = std::move(writer).error();
  if (error.code == Errc::kInvalidArgument) error.code = Errc::kIo;
  return fail(std::move(error));
}

// `null:`: takes everything and keeps nothing, for measuring what comes before a sink.
class NullSink final : public pipeline::Sink {
 public:
  void write(model::BatchPtr, pipeline::Ack ack) override { ack({}); }
  Result<void> close() override { return {}; }
  std::vector<pipeline::Health> health() const override { return {}; }
};

}  // namespace

Result<std::unique_ptr<pipeline::Sink>> open_sink(const Address& address, OpenContext context) {
  if (address.scheme == "dir") return open_store(address, context);
  if (address.scheme.starts_with("redis")) return open_redis_sink(address, context);
  if (address.scheme.starts_with("otlphttp"))
    return open_otlphttp_sink(address, std::move(context));
  if (address.scheme == "null") return std::make_unique<NullSink>();
  return open_ndjson_sink(address, context);
}

Result<std::unique_ptr<pipeline::Source>> open_source(const Address& address, OpenContext context) {
  if (address.scheme == "-" || address.scheme == "file")
    return open_line_source(address, std::move(context));
  if (address.scheme.starts_with("redis")) return open_redis_source(address, std::move(context));
  return fail(Errc::kUnsupported,
              fmt::format("cannot read from {}: records are read from -, file: and redis:; ask a "
                          "store with obs-query",
                          address.text));
}

}  // namespace obs::places
