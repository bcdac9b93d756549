#include "cmd/obs-sim/shop.h"

namespace obs::sim {
namespace {

constexpr std::array<ServiceInfo, kServiceCount> kServices = {{
    {"frontend", Language::kNodejs, "5.21.0", 3, false, 180, false},
    {"auth", Language::kGo, "2.8.3", 2, false, 45, true},
    {"catalog", Language::kJava, "4.17.2", 2, false, 620, true},
    {"cart", Language::kDotnet, "3.4.1", 2, false, 160, false},
    {"checkout", Language::kGo, "2.11.0", 2, false, 60, true},
    {"payment", Language::kNodejs, "1.30.5", 2, false, 140, true},
    {"shipping", Language::kRust, "0.19.4", 2, false, 18, false},
    {"inventory", Language::kPython, "6.2.0", 2, false, 190, true},
    {"email", Language::kRuby, "1.6.8", 1, true, 130, false},
    {"recommendation", Language::kPython, "1.14.2", 2, false, 310, false},
    {"ad", Language::kJava, "2.2.9", 1, true, 480, true},
    {"currency", Language::kCpp, "1.3.0", 1, false, 12, false},
}};

constexpr std::array<LanguageInfo, kLanguageCount> kLanguages = {{
    {"nodejs",
     "nodejs",
     "22.11.0",
     "2.0.1",
     "@opentelemetry/instrumentation-http",
     "@opentelemetry/instrumentation-undici",
     "0.203.0",
     {"debug", "info", "warn", "error"}},
    {"go",
     "go",
     "go1.23.4",
     "1.34.0",
     "go.opentelemetry.io/contrib/google.golang.org/grpc/otelgrpc",
     "github.com/exaring/otelpgx",
     "0.59.0",
     {"DEBUG", "INFO", "WARN", "ERROR"}},
    {"java",
     "OpenJDK Runtime Environment",
     "21.0.5+11",
     "1.45.0",
     "io.opentelemetry.grpc-1.6",
     "io.opentelemetry.jdbc",
     "2.11.0-alpha",
     {"DEBUG", "INFO", "WARN", "ERROR"}},
    {"dotnet",
     ".NET",
     "9.0.0",
     "1.10.0",
     "Microsoft.AspNetCore",
     "OpenTelemetry.Instrumentation.StackExchangeRedis",
     "1.10.0",
     {"Debug", "Information", "Warning", "Error"}},
    {"rust",
     "rustc",
     "1.83.0",
     "0.27.1",
     "opentelemetry-instrumentation-actix-web",
     "reqwest-tracing",
     "0.22.0",
     {"DEBUG", "INFO", "WARN", "ERROR"}},
    {"python",
     "cpython",
     "3.12.8",
     "1.29.0",
     "opentelemetry.instrumentation.grpc",
     "opentelemetry.instrumentation.psycopg",
     "0.50b0",
     {"DEBUG", "INFO", "WARNING", "ERROR"}},
    {"ruby",
     "ruby",
     "3.3.6",
     "1.6.0",
     "OpenTelemetry::Instrumentation::Rdkafka",
     "OpenTelemetry::Instrumentation::Net::HTTP",
     "0.22.7",
     {"DEBUG", "INFO", "WARN", "ERROR"}},
    {"cpp",
     "gcc",
     "12.2.0",
     "1.18.0",
     "currency-server",
     "currency-client",
     "1.18.0",
     {"debug", "info", "warning", "error"}},
}};

}  // namespace

const ServiceInfo& info(Service service) { return kServices[static_cast<std::size_t>(service)]; }

const LanguageInfo& info(Language language) {
  return kLanguages[static_cast<std::size_t>(language)];
}

}  // namespace obs::sim
