// Where records came from: the services and resources of a flush, for the catalog. Internal to
// libobs/store.

#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "libobs/base/result.h"
#include "libobs/store/catalog.h"
#include "libobs/store/part_table.h"
#include "libobs/store/row_set.h"

namespace obs::store {

// Gives resources their ids, and remembers those it gave. One thread.
class Origins {
 public:
  explicit Origins(PartTable& table) : table_(table) {}

  // Sets the id of each resource in the set that has a record, and adds to the change what the
  // catalog does not know yet of services and resources.
  Result<void> resolve(RowSet& set, CatalogChange& change);
  // To be called when a change could not be committed: the catalog is told all of it again.
  void forget() { known_.clear(); }

 private:
  // Ids of so many resources are remembered, at about 60 bytes each; the rest are looked up.
  static constexpr std::size_t kMaxKnown = 200'000;
  struct Known {
    std::uint32_t id = 0;
    Timestamp first_seen = 0;  // As the catalog has them.
    Timestamp last_seen = 0;
  };
  struct Hash {
    std::size_t operator()(const Hash128& hash) const;
  };

  Result<void> claim(const std::vector<NewResource>& resources);
  Result<void> intern(std::vector<NewResource> resources);
  void see(const NewResource& resource, CatalogChange& change);

  PartTable& table_;
  std::unordered_map<Hash128, Known, Hash> known_;
  std::uint64_t epoch_ = 0;  // Of the table's, when known_ was empty.
};

}  // namespace obs::store
