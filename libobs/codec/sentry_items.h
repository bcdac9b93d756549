// The items of a Sentry envelope, one function each. For codec/sentry.cc.

#pragma once

#include <string_view>

#include "libobs/codec/event_batch.h"

namespace obs::codec {

// What an event, a transaction or a session says of its service, as the resource of what follows.
void set_sentry_resource(EventBatch& batch, model::Attributes event, std::string_view project);

// The same by the attributes of an item of a container, {"key":{"value":…}}; what belongs to the
// resource is left out of `rest`.
void set_sentry_item_resource(EventBatch& batch, model::Attributes typed, std::string_view project,
                              AttributeList& rest);

void add_sentry_event(EventBatch& batch, model::Attributes event);
// Refuses, by a reason, a transaction whose root has no ids.
void add_sentry_transaction(EventBatch& batch, model::Attributes transaction);
void add_sentry_session(EventBatch& batch, model::Attributes session);
// Sessions counted beforehand, by the minute they began in.
void add_sentry_aggregates(EventBatch& batch, model::Attributes sessions);
void add_sentry_feedback(EventBatch& batch, model::Attributes feedback);
// One of the `items` of a container.
void add_sentry_log(EventBatch& batch, model::Attributes log, std::string_view project);
void add_sentry_span(EventBatch& batch, model::Attributes span, std::string_view project);
// Refuses, by a reason, a metric without a name, a type we know or a number.
void add_sentry_metric(EventBatch& batch, model::Attributes metric, std::string_view project);

}  // namespace obs::codec
