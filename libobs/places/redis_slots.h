// The 64 fixed slots of a stream: which records go into which, and which consumer reads which.
//
// What must stay together shares a slot: the spans of a trace, the points of a series, the logs of
// a resource. Consumers divide the slots among themselves without talking: each ranks all living
// consumers for a slot by a hash (rendezvous hashing), and the first owns it, so that one coming or
// going moves only its own share.
//
// Pure. Both hashes are part of what programs of different versions agree on: never change them.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libobs/model/batch.h"

namespace obs::places {

inline constexpr int kSlots = 64;

// "NAME:00" … "NAME:63".
std::string slot_key(std::string_view stream, int slot);

struct SlotBatch {
  int slot = 0;
  model::BatchPtr batch;
};

// The batch by slots, ascending. One that falls whole into a slot stays itself, with its id and
// wire bytes; parts of one get an id made from the batch's and the slot, so that the parts of a
// retry have the ids they had. Resources, scopes and metrics that a part has no record of are left
// out of it. Empty when the batch says nothing at all.
std::vector<SlotBatch> split_by_slot(const model::BatchPtr& batch);

// The slots that `self` reads when `consumers` (any order, `self` among them) live.
std::vector<int> own_slots(std::string_view self, std::span<const std::string> consumers);

}  // namespace obs::places
