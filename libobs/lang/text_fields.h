// Fields out of text: logfmt, access logs and syslog, as `parse` reads them. Pure.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libobs/lang/value.h"

namespace obs::lang {

struct TextField {
  std::string_view name;
  Value value;
};

// Each appends the fields of the text, views into it or into the scratch, and says whether it is of
// that format; `out` is undefined when not.

// level=info msg="a b" took=3 ok=true dry: words behind `=` are numbers and booleans where they
// read as such; a bare word is true. At least one pair is needed.
bool parse_logfmt(std::string_view text, Scratch& scratch, std::vector<TextField>& out);
// Common and combined log format: client.address, user.name, time, http.request.method, url.path,
// network.protocol.version, http.response.status_code, http.response.size, http.referer,
// user_agent.original.
bool parse_clf(std::string_view text, Scratch& scratch, std::vector<TextField>& out);
// RFC 5424 and RFC 3164: severity, syslog.facility, time, host.name, service, process.pid,
// syslog.msgid, structured data as syslog.sd.ID.NAME, body.
bool parse_syslog(std::string_view text, Scratch& scratch, std::vector<TextField>& out);

}  // namespace obs::lang
