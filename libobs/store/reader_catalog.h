// The catalog as those read it who do not write it. Internal to libobs/store.

#pragma once

#include <string>

#include "libobs/base/fs.h"
#include "libobs/base/result.h"
#include "libobs/store/sqlite.h"

namespace obs::store {

// The canonical path of the store in `dir`. kNotFound: no such directory. kInvalidArgument: a
// directory, but no store. kUnsupported: a store of a later format.
Result<std::string> find_store(Fs& fs, const std::string& dir);

// The catalog of a store, beside a living writer or alone, in a directory that we may perhaps not
// write to.
Result<Sqlite> open_reader_catalog(const std::string& dir);

}  // namespace obs::store
