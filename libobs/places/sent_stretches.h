// Which stretches of followed files the sink has yet to answer for.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace obs::places {

// One thread, except answered().
class SentStretches {
 public:
  // A stretch was sent in that many batches; none is answered for already.
  void add(const std::string& id, std::uint64_t from, std::uint64_t to, std::size_t batches);

  // One of its batches was taken, or was not before the end. Any thread.
  void answered(const std::string& id, std::uint64_t from, bool taken);

  // Hears what was answered since. The ids whose first stretch may be done.
  std::set<std::string> hear();

  // Forgets the stretches at the front that were taken whole; where they end.
  std::optional<std::uint64_t> take_done(const std::string& id);
  // Whether nothing of it is owed.
  bool is_settled(const std::string& id) const { return !sent_.contains(id); }

 private:
  struct Sent {
    std::uint64_t to = 0;
    std::size_t unsettled = 0;
    bool failed = false;  // To be sent again after a restart.
  };
  struct Answer {
    std::string id;
    std::uint64_t from = 0;
    bool taken = false;
  };

  std::map<std::string, std::map<std::uint64_t, Sent>> sent_;  // By id, by offset.
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

}  // namespace obs::places
