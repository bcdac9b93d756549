// Peers: what a span says of the other side of its call where that side may send no spans itself: a
// database, a queue, somebody else's host. They are nodes of the graph of services too. Pure.
// Internal to libobs/store.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libobs/model/batch.h"

namespace obs::store {

enum class PeerKind : std::uint8_t {
  kNone,
  kDatabase,  // Called by a client span with db.system.name: "postgresql:orders".
  kQueueOut,  // Sent to by a producer span with messaging.destination.name: "kafka:orders".
  kQueueIn,   // Received from by a consumer span.
  kExternal,  // Called by any other client span: peer.service, else server.address. It may turn out
              // to be a service, when a span of it comes.
};

struct Peer {
  PeerKind kind = PeerKind::kNone;
  std::string name;  // Not empty, but for kNone.
};

// The attributes that tell of peers, old names after new ones.
inline constexpr std::array<std::string_view, 10> kPeerKeys = {
    "db.system.name",        "db.system",
    "db.namespace",          "db.name",
    "messaging.system",      "messaging.destination.name",
    "messaging.destination", "peer.service",
    "server.address",        "net.peer.name"};

// Their texts, in this order; empty: not there, or no text.
using PeerTexts = std::array<std::string_view, kPeerKeys.size()>;
PeerTexts find_peer_texts(model::Attributes attributes);

// Whether spans of the kind, as OTLP numbers them, may have one.
inline bool may_have_peer(std::int32_t kind) { return kind >= 3 && kind <= 5; }

// `kind` is OTLP's number.
Peer find_peer(std::int32_t kind, const PeerTexts& texts);

}  // namespace obs::store
