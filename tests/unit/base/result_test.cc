#include "libobs/base/result.h"

#include <cerrno>
#include <memory>

#include <catch2/catch.hpp>

namespace obs {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Errc::kInvalidArgument, "not even");
  return number / 2;
}

Result<int> quarter(int number) {
  OBS_TRY(const int once, half(number));
  return half(once);
}

Result<void> check_even(int number) {
  OBS_TRY_VOID(half(number));
  return {};
}

TEST_CASE("a result is a value or says what went wrong", "[base][result]") {
  CHECK(quarter(12).value() == 3);
  CHECK(quarter(6).error().message == "not even");
  CHECK(check_even(2));
  CHECK(check_even(1).error().code == Errc::kInvalidArgument);
}

TEST_CASE("a result can hold what only moves", "[base][result]") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> owned = std::move(result).value();
  CHECK(*owned == 5);
}

TEST_CASE("an error is prefixed with what we were doing", "[base][result]") {
  const Error error{Errc::kIo, "bad checksum"};
  CHECK(error.during("read footer").message == "read footer: bad checksum");
  CHECK(Error(error).during("read footer").during("open x").message ==
        "open x: read footer: bad checksum");
  CHECK(to_error(ParseError{Errc::kMalformed, 17, "bad length"}).message ==
        "bad length at byte 17");
}

TEST_CASE("an errno says what the caller can do", "[base][result]") {
  CHECK(fail_errno(ENOENT, "open x").error.message == "open x: No such file or directory");
  CHECK(fail_errno(ENOENT, "").error.code == Errc::kNotFound);
  CHECK(fail_errno(ENOSPC, "").error.code == Errc::kUnavailable);
  CHECK(fail_errno(EDQUOT, "").error.code == Errc::kUnavailable);
  CHECK(fail_errno(EACCES, "").error.code == Errc::kIo);
}

}  // namespace
}  // namespace obs
