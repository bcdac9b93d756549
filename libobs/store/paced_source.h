// Rows whose reader asks before each chunk of them whether it may go on. Internal to libobs/store.

#pragma once

#include <functional>
#include <memory>

#include "libobs/base/result.h"
#include "libobs/store/part_writer.h"

namespace obs::store {

// Called on the reader's thread; may wait. A failure ends the reading with it.
using MayGoOn = std::function<Result<void>()>;

PartRows make_paced(PartRows rows, MayGoOn may_go_on);

}  // namespace obs::store
