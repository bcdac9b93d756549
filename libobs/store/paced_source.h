// A source whose reader asks before each chunk whether it may go on. Internal to libobs/store.

#pragma once

#include <functional>
#include <memory>

#include "libobs/base/result.h"
#include "libobs/store/table_function.h"

namespace obs::store {

// Called on the reader's thread; may wait. A failure ends the reading with it.
using MayGoOn = std::function<Result<void>()>;

std::shared_ptr<const TableSource> make_paced(std::shared_ptr<const TableSource> source,
                                              MayGoOn may_go_on);

}  // namespace obs::store
