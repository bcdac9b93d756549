// Statements made quicker before they run: see query/sql_attributes.h.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/result.h"
#include "libobs/store/session.h"

namespace obs::query {

// A statement with the same answer as `sql`, which is over the views of create_views() or the
// session's own, and the views that it reads. It is to run before the session's next snapshot, and
// before the next plan. `sql` itself where nothing can be gained.
Result<std::string> plan_attributes(store::Session& session, std::string_view project,
                                    const std::string& sql);

}  // namespace obs::query
