// HttpReply, for http_server.h: answers find their connection, if it is still there.

#include <utility>

#include "libobs/net/http_connection.h"

namespace obs::net {

void HttpReply::begin(proto::HttpResponse head) const {
  const auto listener = listener_.lock();
  if (!listener) return;
  if (auto* connection = listener->find(connection_))
    connection->begin_answer(ticket_, std::move(head));
}

void HttpReply::send(std::string_view bytes) const {
  const auto listener = listener_.lock();
  if (!listener) return;
  if (auto* connection = listener->find(connection_)) connection->send(ticket_, bytes);
}

void HttpReply::end(proto::HttpResponse last) const {
  if (const auto listener = listener_.lock())
    listener->answer(connection_, ticket_, std::move(last));
}

void HttpReply::take(std::size_t bytes) const {
  const auto listener = listener_.lock();
  if (!listener) return;
  if (auto* connection = listener->find(connection_)) connection->take(ticket_, bytes);
}

}  // namespace obs::net
