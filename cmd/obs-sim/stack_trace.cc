// Stack traces as the languages of the shop print them, with frames that name the operation.

#include <fmt/format.h>

#include "cmd/obs-sim/recorder.h"

namespace obs::sim {
namespace {

// "GetProduct" of "shop.Catalog/GetProduct", "products" of "SELECT products".
std::string_view last_word(std::string_view name) {
  return name.substr(name.find_last_of(" /") + 1);
}

}  // namespace

std::string make_stack_trace(Language language, const Operation& operation, const Fault& fault) {
  const std::string_view service = info(operation.service).name;
  const std::string_view word = last_word(operation.name);
  switch (language) {
    case Language::kNodejs:
      return fmt::format(
          "{}: {}\n    at {}Handler (/app/dist/{}.js:118:17)\n"
          "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)\n"
          "    at async Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)",
          fault.type, fault.message, service, service);
    case Language::kJava:
      return fmt::format(
          "{}: {}\n\tat shop.{}.Handlers.{}(Handlers.java:87)\n"
          "\tat shop.{}.Service.call(Service.java:41)\n"
          "\tat "
          "io.grpc.stub.ServerCalls$UnaryServerCallListener.onHalfClose(ServerCalls.java:182)\n"
          "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
          fault.type, fault.message, service, word, service);
    case Language::kPython:
      return fmt::format(
          "Traceback (most recent call last):\n  File \"/app/{}/server.py\", line 64, in {}\n"
          "    return self.engine.run(request)\n  File \"/app/{}/engine.py\", line 133, in run\n"
          "    raise error\n{}: {}",
          service, word, service, fault.type, fault.message);
    case Language::kGo:
      return fmt::format(
          "goroutine 4417 [running]:\nshop/{}.(*Server).{}(0xc0001a2000)\n"
          "\t/src/{}/server.go:212 +0x3c8\ngoogle.golang.org/grpc.(*Server).processUnaryRPC(...)",
          service, word, service);
    case Language::kDotnet:
      return fmt::format(
          "{}: {}\n   at Shop.Cart.{}.RunAsync(Request request) in /src/{}.cs:line 58\n"
          "   at Grpc.Shared.Server.UnaryServerMethodInvoker.AwaitInvoker(Task task)",
          fault.type, fault.message, word, word);
    case Language::kRuby:
      return fmt::format(
          "/app/lib/{}/worker.rb:39:in `perform': {} ({})\n"
          "\tfrom /app/lib/{}/consumer.rb:72:in `block in run'",
          service, fault.message, fault.type, service);
    case Language::kRust:
    case Language::kCpp: break;
  }
  return fmt::format("{}: {}\n   0: {}::{}\n   1: {}::main", fault.type, fault.message, service,
                     word, service);
}

}  // namespace obs::sim
