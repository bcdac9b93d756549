// Objects and arrays as text: in the one spelling that compares, and without what lies at a path.

#pragma once

#include <string>
#include <string_view>

#include "libobs/lang/raw_json.h"

namespace obs::lang {

// The same value without space between its tokens, and with each string escaped as append_json()
// does it, so that equal values whose members stand in one order are equal bytes. Numbers stay as
// they are written. Usually `text` itself; otherwise it lives in `scratch`.
std::string_view compact_json(std::string_view text, Scratch& scratch);

// The object or array without what lies at "b.c[0].d" in it: every member that the path may mean,
// and of an array the item. The same text when nothing does.
std::string without(const Raw& container, std::string_view path);

}  // namespace obs::lang
