// Which records a sub-command is about: options checked against the store, and how many they are.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cmd/obs-store/care_options.h"
#include "libobs/base/metrics.h"
#include "libobs/query/reader.h"
#include "libobs/store/care.h"
#include "libobs/store/store_access.h"

namespace obs::store_command {

struct CheckedChoice {
  // Of the signals whose columns the condition names.
  store::RecordChoice choice;
  std::uint64_t matching = 0;
  std::uint64_t total = 0;  // Of these signals.
};

// A reader of the store with a snapshot, for one project. kIo: there is no such store.
Result<std::unique_ptr<query::Reader>> open_reader(const CareOptions& options,
                                                   const std::string& dir);

// kInvalidArgument: the condition does not parse, or fits none of the signals.
Result<CheckedChoice> check_choice(const CareOptions& options, const std::string& dir);

// kInvalidArgument when nothing would be left, unless `yes`.
Result<void> refuse_everything(const CheckedChoice& checked, bool yes);

// As StoreAccess::open(); what is wrong with the directory is kIo.
Result<std::unique_ptr<store::StoreAccess>> open_access(const std::string& dir, Registry& registry,
                                                        store::StoreAccess::Missing missing);

// A directory's fault is no usage error: the command line was right.
Error about_directory(Error error);

}  // namespace obs::store_command
