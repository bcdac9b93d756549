// What a consumer holds: entries delivered to it and not yet acknowledged to Redis, and what is to
// be said of them.

#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libobs/places/redis_group.h"

namespace obs::places {

// Any thread may call anything.
class PendingEntries {
 public:
  // `notify` is called, outside the lock, when there is something new to say.
  explicit PendingEntries(std::function<void()> notify) : notify_(std::move(notify)) {}

  // Takes charge of an entry; false when it is held already and must not be handled twice.
  bool hold(int slot, const std::string& id);

  // What became of it. acknowledge(): done with. bury(): nobody will ever read it; `reason` goes
  // with it. release(): left to whoever claims it.
  void acknowledge(int slot, const std::string& id);
  void bury(int slot, const std::string& id, std::string reason);
  void release(int slot, const std::string& id);

  // What there is to say. It stays held until said() is called with it; unsaid() puts it back.
  struct Words {
    SlotIds acknowledged;
    std::vector<Burial> buried;
    bool is_empty() const { return acknowledged.empty() && buried.empty(); }
  };
  Words take_words();
  void said(const Words& words);
  void unsaid(Words words);

  std::size_t size() const;

 private:
  const std::function<void()> notify_;
  mutable std::mutex mutex_;
  std::set<std::pair<int, std::string>> held_;
  Words words_;
};

}  // namespace obs::places
