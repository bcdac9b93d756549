#include "libobs/store/json_attributes.h"

#include <string>

#include <catch2/catch.hpp>

namespace obs::store {
namespace {

std::string attributes_of(std::string_view json) {
  std::string all;
  each_json_attribute(json, [&](std::string_view key, std::optional<std::string_view> text) {
    all.append(key).append("=").append(text.value_or("?")).append(";");
  });
  return all;
}

TEST_CASE("attributes in JSON are told one by one", "[store][index]") {
  struct Case {
    std::string_view json, attributes;
  };
  const Case cases[] = {
      {"{}", ""},
      {"", ""},
      {R"({"a":"x","b":-12,"c":true,"d":false})", "a=x;b=-12;c=true;d=false;"},
      {R"({"a":1.5,"b":1e3,"c":null,"d":"y"})", "a=?;b=?;c=?;d=y;"},
      {R"({"a":{"b":"x","c":["}"]},"d":[1,"a,b"],"e":"z"})", "a=?;d=?;e=z;"},
      {R"({"$$k":"v"})", "$k=v;"},
      {R"({"a":"x\"y","b\n":"\u0001","c":{"$bytes":"AA=="}})", "a=x\"y;b\n=\x01;c=?;"},
      {R"({"a":"x","a":"y"})", "a=x;a=y;"},
  };
  for (const Case& c : cases) {
    INFO(c.json);
    CHECK(attributes_of(c.json) == c.attributes);
  }
}

TEST_CASE("text that is no object is survived", "[store][index]") {
  const std::string good = R"({"a":"x","b":[{"c":1}],"d":12})";
  for (std::size_t size = 0; size < good.size(); ++size) (void)attributes_of(good.substr(0, size));
  for (const std::string_view bad :
       {"]]]", "{\"a\":}}}", "{\"a\"", "{\"a\":\"", "{\"a\\", "nonsense"}) {
    (void)attributes_of(bad);
  }
  CHECK(attributes_of("nonsense").empty());
}

}  // namespace
}  // namespace obs::store
