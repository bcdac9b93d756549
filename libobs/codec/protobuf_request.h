// The frame of a decoder of protobuf requests that are not OTLP's. For the codec's own files.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/request_batch.h"

namespace obs::codec {

// `Decoder` is made of the request's size and the time of arrival; its request() reads the message,
// which lies in the arena of its batch(), and throws otlp::Abandoned where it cannot go on.
template <class Decoder>
Result<Decoded, ParseError> decode_protobuf_request(std::string&& request, Timestamp received) {
  Decoder decoder(request.size(), received);
  const std::string_view message = decoder.batch().arena().adopt(std::move(request));
  try {
    decoder.request(message);
  } catch (const otlp::Abandoned& why) {
    return fail(ParseError{why.code, static_cast<std::size_t>(why.at - message.data()), why.what});
  }
  return decoder.batch().take();
}

}  // namespace obs::codec
