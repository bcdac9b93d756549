// The frontend's pages, and auth, which all of them may ask.

#include "cmd/obs-sim/operation_table.h"

namespace obs::sim {
namespace {

using When = LogLine::When;
constexpr Service kFrontend = Service::kFrontend;
constexpr Service kAuth = Service::kAuth;

constexpr Field kUserFields[] = {Field::kUser, Field::kSession, Field::kCountry};
constexpr Field kProductFields[] = {Field::kUser, Field::kProduct};
constexpr Field kSearchFields[] = {Field::kTerm, Field::kResults};
constexpr Field kCheckoutFields[] = {Field::kUser, Field::kOrder, Field::kTotal, Field::kCurrency};
constexpr Field kSessionFields[] = {Field::kSession};

constexpr Step kHomeSteps[] = {{.op = Op::kListProducts},
                               {.op = Op::kRecommend, .optional = true, .parallel = true},
                               {.op = Op::kGetAds, .optional = true, .parallel = true}};
constexpr Step kProductSteps[] = {
    {.op = Op::kGetProduct},
    {.op = Op::kConvert},
    {.op = Op::kRecommend, .optional = true, .parallel = true},
    {.op = Op::kGetAds, .optional = true, .parallel = true, .chance = 0.6}};
constexpr Step kSearchSteps[] = {{.op = Op::kSearchProducts},
                                 {.op = Op::kGetAds, .optional = true, .chance = 0.5}};
constexpr Step kAddSteps[] = {{.op = Op::kGetProduct}, {.op = Op::kAddItem}};
constexpr Step kCartSteps[] = {{.op = Op::kGetCart},
                               {.op = Op::kGetProduct},
                               {.op = Op::kGetProduct, .parallel = true, .chance = 0.5},
                               {.op = Op::kConvert},
                               {.op = Op::kQuote, .optional = true, .chance = 0.4}};
constexpr Step kLoginSteps[] = {{.op = Op::kLogin}};
constexpr Step kCheckoutSteps[] = {{.op = Op::kVerifySession}, {.op = Op::kPlaceOrder}};

constexpr LogLine kHomeLines[] = {
    {When::kSuccess, 5, "rendered home for {user} in {ms} ms", kUserFields, 0.2}};
constexpr LogLine kProductLines[] = {
    {When::kSuccess, 9, "product {product} viewed by {user}", kProductFields, 0.5}};
constexpr LogLine kSearchLines[] = {
    {When::kSuccess, 9, "search \"{term}\" gave {results} results in {ms} ms", kSearchFields}};
constexpr LogLine kAddLines[] = {
    {When::kSuccess, 9, "{user} put {quantity} x {product} into the cart", kProductFields}};
constexpr LogLine kCheckoutLines[] = {
    {When::kBegin, 9, "checkout started by {user}, {items} items", kUserFields},
    {When::kSuccess, 9, "checkout of {order} done in {ms} ms", kCheckoutFields},
    {When::kFailure, 17, "checkout of {order} failed for {user}: {error}", kCheckoutFields}};
constexpr LogLine kSyncLines[] = {{When::kBegin, 9, "stock sync started", {}},
                                  {When::kSuccess, 9, "stock sync finished in {ms} ms", {}},
                                  {When::kFailure, 17, "stock sync gave up: {error}", {}}};

constexpr Step kAuthLoginSteps[] = {
    {.op = Op::kSelectUser}, {.op = Op::kHashPassword}, {.op = Op::kSetSession}};
constexpr Step kVerifySteps[] = {{.op = Op::kGetSession},
                                 {.op = Op::kSelectSession, .on_miss = true}};
constexpr Step kSyncSteps[] = {
    {.op = Op::kListProducts}, {.op = Op::kSelectStock}, {.op = Op::kUpdateStock}};
constexpr LogLine kAuthLines[] = {
    {When::kSuccess, 9, "login succeeded for {user} from {country}", kUserFields},
    {When::kFailure, 13, "login failed for {user}: {error}", kUserFields}};
constexpr LogLine kSessionLines[] = {
    {When::kMiss, 5, "session {session} not cached, reading it from the database", kSessionFields}};

constexpr Operation kOperations[] = {
    http(Op::kHome, kFrontend, "GET /", 6)
        .with_fields(kUserFields)
        .calling(kHomeSteps)
        .logging(kHomeLines),
    http(Op::kProductPage, kFrontend, "GET /products/{product}", 5)
        .with_fields(kProductFields)
        .calling(kProductSteps)
        .logging(kProductLines),
    http(Op::kSearchPage, kFrontend, "GET /search", 4)
        .with_fields(kSearchFields)
        .calling(kSearchSteps)
        .logging(kSearchLines),
    http(Op::kAddToCart, kFrontend, "POST /api/cart", 3)
        .with_fields(kProductFields)
        .calling(kAddSteps)
        .logging(kAddLines),
    http(Op::kCartPage, kFrontend, "GET /cart", 4).with_fields(kUserFields).calling(kCartSteps),
    http(Op::kLoginPage, kFrontend, "POST /api/login", 3)
        .with_fields(kUserFields)
        .calling(kLoginSteps),
    http(Op::kCheckoutPage, kFrontend, "POST /api/checkout", 5)
        .with_fields(kCheckoutFields)
        .calling(kCheckoutSteps)
        .logging(kCheckoutLines),
    internal(Op::kStockSync, Service::kInventory, "stock sync", 120)
        .calling(kSyncSteps)
        .logging(kSyncLines),

    rpc(Op::kLogin, kAuth, "shop.Auth/Login", 2)
        .with_fields(kUserFields)
        .calling(kAuthLoginSteps)
        .logging(kAuthLines),
    rpc(Op::kVerifySession, kAuth, "shop.Auth/VerifySession", 0.8)
        .with_fields(kSessionFields)
        .calling(kVerifySteps)
        .logging(kSessionLines),
    postgres(Op::kSelectUser, kAuth, "SELECT users", 1.4,
             "SELECT id, password_hash FROM users WHERE email = $1"),
    internal(Op::kHashPassword, kAuth, "verify password", 65)
        .spreading(0.1)
        .failing(0.06, Failure::kUnauthorized),
    redis(Op::kGetSession, kAuth, "GET session", "session:{session}", 0.4).missing(0.05),
    redis(Op::kSetSession, kAuth, "SET session", "session:{session}", 0.5),
    postgres(Op::kSelectSession, kAuth, "SELECT sessions", 1.6,
             "SELECT user_id, expires_at FROM sessions WHERE token = $1"),
};

}  // namespace

std::span<const Operation> page_operations() { return kOperations; }

}  // namespace obs::sim
