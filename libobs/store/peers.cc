#include "libobs/store/peers.h"

namespace obs::store {
namespace {

constexpr std::int32_t kClient = 3;
constexpr std::int32_t kProducer = 4;
constexpr std::int32_t kConsumer = 5;

// A name is a node; what is longer names no node.
constexpr std::size_t kMaxName = 200;

std::string_view either(std::string_view first, std::string_view second) {
  return first.empty() ? second : first;
}

// "postgresql:orders", or the one of both that there is.
std::string join(std::string_view system, std::string_view name) {
  std::string joined(system);
  if (!system.empty() && !name.empty()) joined += ':';
  joined += name;
  return joined;
}

Peer make(PeerKind kind, std::string name) {
  if (name.empty() || name.size() > kMaxName) return {};
  return {kind, std::move(name)};
}

}  // namespace

PeerTexts find_peer_texts(model::Attributes attributes) {
  PeerTexts texts;
  for (const model::KeyValue& attribute : attributes) {
    if (!attribute.value.is_string()) continue;
    for (std::size_t i = 0; i < kPeerKeys.size(); ++i) {
      if (attribute.key == kPeerKeys[i]) texts[i] = either(texts[i], attribute.value.as_string());
    }
  }
  return texts;
}

Peer find_peer(std::int32_t kind, const PeerTexts& texts) {
  const std::string_view database = either(texts[0], texts[1]);
  const std::string_view destination = either(texts[5], texts[6]);
  const std::string_view named = texts[7];
  if (kind == kClient && !database.empty()) {
    const std::string_view name_space = either(texts[2], texts[3]);
    return make(PeerKind::kDatabase,
                named.empty() ? join(database, name_space) : std::string(named));
  }
  if (kind == kConsumer || kind == kProducer) {
    if (destination.empty()) return {};
    return make(kind == kConsumer ? PeerKind::kQueueIn : PeerKind::kQueueOut,
                join(texts[4], destination));
  }
  if (kind != kClient) return {};
  return make(PeerKind::kExternal, std::string(either(named, either(texts[8], texts[9]))));
}

}  // namespace obs::store
