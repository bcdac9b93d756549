// The gate: who may send, how much, and to which project. Asked once before a body is taken and
// once when its size is known.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "libobs/api/door.h"
#include "libobs/model/batch.h"
#include "libobs/proto/http.h"

namespace obs::api {

// Any thread.
class Gate {
 public:
  virtual ~Gate() = default;

  // Whose the request is: the project that its key, or its certificate, stands for. Or why not: 401
  // for a key that is missing or unknown, 403 for one that may not do this, 429 when it has had its
  // share. `credential` is what the door found in its own place.
  virtual std::variant<std::string, Refusal> admit(
      const proto::HttpRequest& request, const std::optional<std::string>& credential) = 0;

  // Counts a body, as it was sent, and what it held against the sender's quotas: 403 for a signal
  // that the key may not send, 429 when there is no room now.
  virtual std::optional<Refusal> charge(const proto::HttpRequest& request,
                                        const std::optional<std::string>& credential,
                                        std::size_t body_bytes, const Intake& intake) = 0;
};

}  // namespace obs::api
