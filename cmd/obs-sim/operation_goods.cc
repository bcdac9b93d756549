// What shows goods to people: catalog, cart, recommendation, ad and currency.

#include "cmd/obs-sim/operation_table.h"

namespace obs::sim {
namespace {

using When = LogLine::When;
constexpr Service kCatalog = Service::kCatalog;
constexpr Service kCart = Service::kCart;
constexpr Service kRecommendation = Service::kRecommendation;
constexpr Service kAd = Service::kAd;

constexpr Field kProductFields[] = {Field::kProduct};
constexpr Field kSearchFields[] = {Field::kTerm, Field::kResults};
constexpr Field kCartFields[] = {Field::kUser, Field::kItems};
constexpr Field kItemFields[] = {Field::kUser, Field::kProduct, Field::kQuantity};
constexpr Field kUserFields[] = {Field::kUser};
constexpr Field kCurrencyFields[] = {Field::kCurrency};

constexpr Step kGetSteps[] = {{.op = Op::kGetCachedProduct},
                              {.op = Op::kLoadProduct, .on_miss = true}};
constexpr Step kLoadSteps[] = {{.op = Op::kSelectProduct},
                               {.op = Op::kCacheProduct, .optional = true}};
constexpr Step kListSteps[] = {{.op = Op::kGetCachedList},
                               {.op = Op::kSelectProducts, .on_miss = true}};
constexpr Step kSearchSteps[] = {{.op = Op::kSearchText}};
constexpr Step kGetCartSteps[] = {{.op = Op::kReadCart}};
constexpr Step kAddSteps[] = {{.op = Op::kWriteCart}};
constexpr Step kEmptySteps[] = {{.op = Op::kDeleteCart}};
constexpr Step kRecommendSteps[] = {{.op = Op::kGetCachedProfile},
                                    {.op = Op::kListProducts, .on_miss = true},
                                    {.op = Op::kScoreCandidates}};
constexpr Step kAdSteps[] = {{.op = Op::kGetCachedAds}, {.op = Op::kSelectAds, .on_miss = true}};

constexpr LogLine kLoadLines[] = {
    {When::kSuccess, 9, "cache miss for product {product}, loaded from database in {ms} ms",
     kProductFields}};
constexpr LogLine kSearchLines[] = {{When::kSuccess, 5,
                                     "full-text search for '{term}' matched {results} rows",
                                     kSearchFields, 0.5}};
constexpr LogLine kGetCartLines[] = {
    {When::kSuccess, 9, "Cart of {user} read, {items} items", kCartFields, 0.6}};
constexpr LogLine kAddLines[] = {{When::kSuccess, 9,
                                  "Item {product} added to cart of {user}, quantity {quantity}",
                                  kItemFields}};
constexpr LogLine kRecommendLines[] = {
    {When::kSuccess, 9, "recommendations for {user} computed in {ms} ms", kUserFields, 0.3},
    {When::kMiss, 5, "no profile cached for {user}, scoring from the whole catalog", kUserFields}};
constexpr LogLine kAdLines[] = {
    {When::kSuccess, 5, "serving 2 ads near {product}", kProductFields, 0.2}};

constexpr Operation kOperations[] = {
    rpc(Op::kGetProduct, kCatalog, "shop.Catalog/GetProduct", 1.2)
        .with_fields(kProductFields)
        .calling(kGetSteps),
    rpc(Op::kListProducts, kCatalog, "shop.Catalog/ListProducts", 2.1).calling(kListSteps),
    rpc(Op::kSearchProducts, kCatalog, "shop.Catalog/SearchProducts", 2.5)
        .with_fields(kSearchFields)
        .calling(kSearchSteps)
        .logging(kSearchLines),
    redis(Op::kGetCachedProduct, kCatalog, "GET product", "product:{product}", 0.35).missing(0.07),
    internal(Op::kLoadProduct, kCatalog, "load product", 0.6)
        .with_fields(kProductFields)
        .calling(kLoadSteps)
        .logging(kLoadLines),
    postgres(Op::kSelectProduct, kCatalog, "SELECT products", 1.8,
             "SELECT id, name, price_cents, weight_g, discount FROM products WHERE id = $1")
        .spreading(0.5),
    redis(Op::kCacheProduct, kCatalog, "SETEX product", "product:{product}", 0.4),
    redis(Op::kGetCachedList, kCatalog, "GET list", "list:home", 0.6).missing(0.03),
    postgres(Op::kSelectProducts, kCatalog, "SELECT products", 6.5,
             "SELECT id, name, price_cents FROM products WHERE listed ORDER BY rank LIMIT 48")
        .spreading(0.5),
    postgres(Op::kSearchText, kCatalog, "SELECT products", 11,
             "SELECT id, name FROM products WHERE document @@ plainto_tsquery($1) LIMIT 60")
        .spreading(0.6),

    rpc(Op::kGetCart, kCart, "shop.Cart/GetCart", 0.9)
        .with_fields(kCartFields)
        .calling(kGetCartSteps)
        .logging(kGetCartLines),
    rpc(Op::kAddItem, kCart, "shop.Cart/AddItem", 1.1)
        .with_fields(kItemFields)
        .calling(kAddSteps)
        .logging(kAddLines),
    rpc(Op::kEmptyCart, kCart, "shop.Cart/EmptyCart", 0.7)
        .with_fields(kUserFields)
        .calling(kEmptySteps),
    redis(Op::kReadCart, kCart, "HGETALL cart", "cart:{user}", 0.5),
    redis(Op::kWriteCart, kCart, "HSET cart", "cart:{user}", 0.5),
    redis(Op::kDeleteCart, kCart, "DEL cart", "cart:{user}", 0.4),

    rpc(Op::kRecommend, kRecommendation, "shop.Recommendation/List", 1.5)
        .failing(0.001, Failure::kException)
        .with_fields(kUserFields)
        .calling(kRecommendSteps)
        .logging(kRecommendLines),
    redis(Op::kGetCachedProfile, kRecommendation, "GET profile", "profile:{user}", 0.5)
        .missing(0.15),
    internal(Op::kScoreCandidates, kRecommendation, "score candidates", 9).spreading(0.3),
    rpc(Op::kGetAds, kAd, "shop.Ads/GetAds", 1.4)
        .with_fields(kProductFields)
        .calling(kAdSteps)
        .logging(kAdLines),
    redis(Op::kGetCachedAds, kAd, "GET ads", "ads:{product}", 0.4).missing(0.1),
    postgres(Op::kSelectAds, kAd, "SELECT ads", 2,
             "SELECT id, title, url FROM ads WHERE category = $1 AND active"),
    rpc(Op::kConvert, Service::kCurrency, "shop.Currency/Convert", 0.15)
        .spreading(0.25)
        .with_fields(kCurrencyFields),
};

}  // namespace

std::span<const Operation> goods_operations() { return kOperations; }

}  // namespace obs::sim
