// Typed scans: records by what they are asked for, whichever way they lie in the store. Every
// surface that shows records asks through these.
//
//   LogScan scan;
//   scan.filter.phrases = {"payment declined"};
//   scan.filter.least_severity = 17;
//   scan.columns = {"time", "service", "body"};
//   scan.limit = 100;
//   scan.order = ScanOrder::kNewestFirst;
//   OBS_TRY(auto rows, scan_logs(session, scan));
//
// What is read is what indexes and counts leave; what is answered was checked row by row.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libobs/base/clock.h"
#include "libobs/base/result.h"
#include "libobs/store/rows.h"
#include "libobs/store/scan_filter.h"
#include "libobs/store/session.h"

namespace obs::store {

enum class ScanOrder : std::uint8_t {
  kAny,
  kOldestFirst,  // By time, then by arrival.
  kNewestFirst,
  kArrival,
};

struct RecordScan {
  ScanFilter filter;
  std::uint64_t after_seq = 0;       // Only what arrived later.
  std::string condition;             // More, in SQL that may be trusted; empty is none.
  std::vector<std::string> columns;  // Of the session's view; at least one.
  std::uint64_t limit = 0;           // The first so many in order; 0 is all.
  std::uint64_t newest = 0;          // Of all that match only the latest so many by time; 0 is all.
  ScanOrder order = ScanOrder::kAny;
};

struct LogScan : RecordScan {};

struct SpanScan : RecordScan {
  std::vector<std::string> names;     // Any of them; empty is all.
  std::vector<std::string> statuses;  // Likewise: "unset", "ok", "error".
  Duration least_duration = 0;
};

// Over the session's snapshot. The rows are to be read before the session is asked anything else.
// Fails as Connection::query() does. `explanation`, if given, is told what was left out.
Result<std::unique_ptr<RowStream>> scan_logs(Session& session, const LogScan& scan,
                                             ScanExplanation* explanation = nullptr);
Result<std::unique_ptr<RowStream>> scan_spans(Session& session, const SpanScan& scan,
                                              ScanExplanation* explanation = nullptr);

// The query that answers a scan, once the session is narrowed for it: for those who run queries
// their own way. `signal` may be metrics too, which nothing is known about beyond their time.
Result<std::string> plan_scan(Session& session, model::Signal signal, const RecordScan& scan,
                              ScanExplanation* explanation = nullptr);
Result<std::string> plan_scan(Session& session, const SpanScan& scan,
                              ScanExplanation* explanation = nullptr);

}  // namespace obs::store
