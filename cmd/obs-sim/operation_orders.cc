// What turns a cart into a parcel: checkout, payment, shipping, inventory and email.

#include "cmd/obs-sim/operation_table.h"

namespace obs::sim {
namespace {

using When = LogLine::When;
constexpr Service kCheckout = Service::kCheckout;
constexpr Service kPayment = Service::kPayment;
constexpr Service kShipping = Service::kShipping;
constexpr Service kInventory = Service::kInventory;
constexpr Service kEmail = Service::kEmail;

constexpr Field kOrderFields[] = {Field::kOrder, Field::kUser, Field::kTotal, Field::kCurrency,
                                  Field::kItems};
constexpr Field kPaymentFields[] = {Field::kOrder, Field::kMethod, Field::kTotal, Field::kCurrency,
                                    Field::kLastDigits};
constexpr Field kShippingFields[] = {Field::kOrder, Field::kCountry};
constexpr Field kTrackingFields[] = {Field::kOrder, Field::kTracking, Field::kCountry};
constexpr Field kStockFields[] = {Field::kProduct, Field::kQuantity};
constexpr Field kReceiptFields[] = {Field::kOrder, Field::kUser};

constexpr Step kPlaceSteps[] = {{.op = Op::kPrepareOrder},
                                {.op = Op::kReserveStock},
                                {.op = Op::kCharge},
                                {.op = Op::kInsertOrder},
                                {.op = Op::kShip},
                                {.op = Op::kEmptyCart, .optional = true},
                                {.op = Op::kPublishOrder, .optional = true, .parallel = true}};
constexpr Step kPrepareSteps[] = {{.op = Op::kGetCart},
                                  {.op = Op::kGetProduct},
                                  {.op = Op::kGetProduct, .parallel = true, .chance = 0.6},
                                  {.op = Op::kConvert},
                                  {.op = Op::kQuote}};
constexpr Step kPublishSteps[] = {{.op = Op::kSendReceipt, .optional = true}};
constexpr Step kChargeSteps[] = {{.op = Op::kAssessFraud},
                                 {.op = Op::kChargeGateway, .attempts = 2},
                                 {.op = Op::kInsertPayment}};
constexpr Step kQuoteSteps[] = {{.op = Op::kLocateStock}};
constexpr Step kShipSteps[] = {{.op = Op::kBookCarrier, .attempts = 2}};
constexpr Step kLocateSteps[] = {{.op = Op::kGetProduct}, {.op = Op::kSelectStock}};
constexpr Step kReserveSteps[] = {{.op = Op::kUpdateStock}};
constexpr Step kReceiptSteps[] = {{.op = Op::kRenderReceipt}, {.op = Op::kDeliverReceipt}};
constexpr Step kDeliverSteps[] = {{.op = Op::kPostMessage, .attempts = 2}};

constexpr LogLine kPlaceLines[] = {
    {When::kBegin, 9, "placing order {order} for {user}", kOrderFields},
    {When::kSuccess, 9, "order {order} placed: {items} items, {total} {currency}", kOrderFields},
    {When::kFailure, 17, "order {order} not placed: {error}", kOrderFields}};
constexpr LogLine kChargeLines[] = {
    {When::kSuccess, 9, "charged {total} {currency} by {method} ending {last4} for order {order}",
     kPaymentFields},
    {When::kFailure, 13, "charge for order {order} failed after {ms} ms: {error}", kPaymentFields}};
constexpr LogLine kShipLines[] = {
    {When::kSuccess, 9, "order {order} handed to carrier, tracking {tracking}", kTrackingFields}};
constexpr LogLine kQuoteLines[] = {
    {When::kSuccess, 5, "quote for {items} items to {country} in {ms} ms", kShippingFields, 0.5}};
constexpr LogLine kReserveLines[] = {
    {When::kSuccess, 9, "reserved {quantity} of {product}", kStockFields}};
constexpr LogLine kReceiptLines[] = {
    {When::kBegin, 5, "received orders.placed for {order}", kReceiptFields},
    {When::kSuccess, 9, "receipt for {order} sent to {user}", kReceiptFields},
    {When::kFailure, 17, "receipt for {order} not sent: {error}", kReceiptFields}};

constexpr Operation kOperations[] = {
    rpc(Op::kPlaceOrder, kCheckout, "shop.Checkout/PlaceOrder", 4)
        .with_fields(kOrderFields)
        .calling(kPlaceSteps)
        .logging(kPlaceLines),
    internal(Op::kPrepareOrder, kCheckout, "prepare order", 1.5)
        .with_fields(kOrderFields)
        .calling(kPrepareSteps),
    postgres(Op::kInsertOrder, kCheckout, "INSERT orders", 2.6,
             "INSERT INTO orders (id, user_id, total_cents, currency) VALUES ($1, $2, $3, $4)")
        .spreading(0.5),
    producer(Op::kPublishOrder, kCheckout, "send orders.placed", 1.1).calling(kPublishSteps),

    http(Op::kCharge, kPayment, "POST /v1/charges", 3)
        .with_fields(kPaymentFields)
        .calling(kChargeSteps)
        .logging(kChargeLines),
    internal(Op::kAssessFraud, kPayment, "assess fraud risk", 7).failing(0.02, Failure::kDeclined),
    third_party(Op::kChargeGateway, kPayment, "api.paycore.example", "/v2/charges", 140)
        .spreading(0.4)
        .failing(0.0005, Failure::kTimeout),
    postgres(Op::kInsertPayment, kPayment, "INSERT payments", 2.2,
             "INSERT INTO payments (order_id, amount_cents, method) VALUES ($1, $2, $3)")
        .spreading(0.5),

    http(Op::kQuote, kShipping, "POST /quote", 0.9)
        .with_fields(kShippingFields)
        .calling(kQuoteSteps)
        .logging(kQuoteLines),
    http(Op::kShip, kShipping, "POST /shipments", 1.2)
        .with_fields(kTrackingFields)
        .calling(kShipSteps)
        .logging(kShipLines),
    third_party(Op::kBookCarrier, kShipping, "api.parcelwise.example", "/bookings", 85)
        .spreading(0.4)
        .failing(0.003, Failure::kUnavailable),

    rpc(Op::kLocateStock, kInventory, "shop.Inventory/Locate", 1.8)
        .with_fields(kStockFields)
        .calling(kLocateSteps),
    rpc(Op::kReserveStock, kInventory, "shop.Inventory/Reserve", 2)
        .with_fields(kStockFields)
        .calling(kReserveSteps)
        .logging(kReserveLines),
    postgres(Op::kSelectStock, kInventory, "SELECT stock", 2.4,
             "SELECT warehouse, available FROM stock WHERE product_id = ANY($1)")
        .spreading(0.5),
    postgres(Op::kUpdateStock, kInventory, "UPDATE stock", 3.1,
             "UPDATE stock SET available = available - $2 WHERE product_id = $1")
        .spreading(0.6),

    consumer(Op::kSendReceipt, kEmail, "process orders.placed", 2)
        .with_fields(kReceiptFields)
        .calling(kReceiptSteps)
        .logging(kReceiptLines),
    internal(Op::kRenderReceipt, kEmail, "render receipt", 14),
    internal(Op::kDeliverReceipt, kEmail, "deliver receipt", 0.8).calling(kDeliverSteps),
    third_party(Op::kPostMessage, kEmail, "api.postwing.example", "/v1/messages", 60)
        .spreading(0.4)
        .failing(0.004, Failure::kUnavailable),
};

}  // namespace

std::span<const Operation> order_operations() { return kOperations; }

}  // namespace obs::sim
