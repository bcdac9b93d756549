// io.prometheus.client.MetricFamily messages, each with its length before it.
//
// One message holds what is several series in text: the buckets of a classic histogram, the
// quantiles of a summary. A histogram with native buckets is that alone, as Prometheus takes it.

#include <cmath>

#include <fmt/format.h>

#include "libobs/base/text.h"
#include "libobs/codec/exposition_build.h"
#include "libobs/codec/native_histogram.h"
#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/prometheus_labels.h"

namespace obs::codec {
namespace {

using model::Exemplar;
using model::KeyValue;
using model::Value;
using otlp::bytes_field;
using otlp::fixed64_field;
using otlp::for_each_field;
using otlp::Reader;
using otlp::varint_field;

constexpr std::int64_t kMostMs = INT64_MAX / kMillisecond;

// MetricType of the protobuf, which has an order of its own.
PrometheusType to_type(std::uint32_t number) {
  switch (number) {
    case 0: return PrometheusType::kCounter;
    case 1: return PrometheusType::kGauge;
    case 2: return PrometheusType::kSummary;
    case 4: return PrometheusType::kHistogram;
    case 5: return PrometheusType::kGaugeHistogram;
    default: return PrometheusType::kUnknown;
  }
}

Timestamp read_timestamp(std::string_view message) {
  constexpr std::int64_t kMostSeconds = 9'200'000'000;
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  for_each_field(message, [&](Reader& field) {
    switch (field.tag_and_type()) {
      case varint_field(1): seconds = field.get_int64(); break;
      case varint_field(2): nanos = field.get_int32(); break;
      default: field.skip();
    }
  });
  return seconds > kMostSeconds || seconds < -kMostSeconds ? 0 : seconds * kSecond + nanos;
}

struct Bucket {
  double count = 0;
  double bound = 0;
  std::span<const Exemplar> exemplars;
};

// Histogram and Summary.
struct Parts {
  double count = 0;
  double sum = 0;
  Timestamp start_time = 0;
  std::vector<Bucket> buckets;  // Or quantiles.
  std::vector<Exemplar> exemplars;
  NativeHistogram native;
};

class FamilyParser {
 public:
  FamilyParser(ExpositionBuilder& builder, std::string_view body)
      : builder_(builder), decoder_(scratch_, body, false) {}

  std::shared_ptr<Arena> arena() const { return scratch_.batch.arena; }

  void family(std::string_view message) {
    std::string_view name;
    PrometheusMetadata metadata;
    metadata.type = PrometheusType::kCounter;  // protobuf leaves a 0 out.
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(1): name = text(field); break;
        case bytes_field(2): metadata.help = text(field); break;
        case varint_field(3): metadata.type = to_type(field.get_uint32()); break;
        case bytes_field(5): metadata.unit = text(field); break;
        default: field.skip();
      }
    });
    if (name.empty()) throw abandon(message, "a family has no name");
    family_ = builder_.family(name);
    builder_.at(family_).metadata = metadata;
    name_ = name;
    for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() != bytes_field(4)) return field.skip();
      metric(field.get_view());
    });
  }

 private:
  static otlp::Abandoned abandon(std::string_view at, std::string_view what) {
    return {Errc::kMalformed, at.data(), what};
  }

  std::string_view text(Reader& field) {
    const std::string_view raw = field.get_view();
    if (!is_valid_utf8(raw)) throw abandon(raw, "text is not UTF-8");
    return raw;
  }

  KeyValue label(std::string_view message) {
    std::string_view name;
    std::string_view value;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(1): name = text(field); break;
        case bytes_field(2): value = text(field); break;
        default: field.skip();
      }
    });
    decoder_.claim(sizeof(KeyValue));
    return {name, Value::string(value)};
  }

  void metric(std::string_view message) {
    ExposedSample sample;
    sample.family = family_;
    sample.name = name_;
    labels_.clear();
    for_each_field(message, [&](Reader& field) {
      if (field.tag_and_type() == bytes_field(1)) {
        const KeyValue one = label(field.get_view());
        if (!one.value.as_string().empty()) labels_.push_back(one);
      } else if (field.tag_and_type() == varint_field(6)) {
        const std::int64_t ms = field.get_int64();
        if (ms != 0 && ms < kMostMs && ms > -kMostMs) sample.time = ms * kMillisecond;
      } else {
        field.skip();
      }
    });
    sample.labels = builder_.labels(labels_);
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(2):
        case bytes_field(3):
        case bytes_field(5): number(field.get_view(), sample); break;
        case bytes_field(4): summary(field.get_view(), sample); break;
        case bytes_field(7): histogram(field.get_view(), sample); break;
        default: field.skip();
      }
    });
  }

  void number(std::string_view message, ExposedSample sample) {
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case fixed64_field(1): sample.value = field.get_double(); break;
        case bytes_field(2): sample.exemplars = keep(exemplar(field.get_view())); break;
        case bytes_field(3): sample.start_time = read_timestamp(field.get_view()); break;
        default: field.skip();
      }
    });
    add(sample);
  }

  void summary(std::string_view message, const ExposedSample& sample) {
    Parts parts;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case varint_field(1): parts.count = static_cast<double>(field.get_uint64()); break;
        case fixed64_field(2): parts.sum = field.get_double(); break;
        case bytes_field(3): parts.buckets.push_back(quantile(field.get_view())); break;
        case bytes_field(4): parts.start_time = read_timestamp(field.get_view()); break;
        default: field.skip();
      }
    });
    add_parts(parts, sample, "", "quantile");
  }

  void histogram(std::string_view message, const ExposedSample& sample) {
    Parts parts;
    NativeHistogram& native = parts.native;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case varint_field(1):
          native.count = field.get_uint64();
          parts.count = static_cast<double>(native.count);
          break;
        case fixed64_field(4):
          native.count_float = parts.count = field.get_double();
          native.is_float = native.count_float > 0;
          break;
        case fixed64_field(2): native.sum = parts.sum = field.get_double(); break;
        case bytes_field(3): parts.buckets.push_back(bucket(field.get_view())); break;
        case varint_field(5): native.schema = field.get_sint32(); break;
        case fixed64_field(6): native.zero_threshold = field.get_double(); break;
        case varint_field(7): native.zero_count = field.get_uint64(); break;
        case fixed64_field(8): native.zero_count_float = field.get_double(); break;
        case bytes_field(15): parts.start_time = read_timestamp(field.get_view()); break;
        case bytes_field(16): parts.exemplars.push_back(exemplar(field.get_view())); break;
        default:
          if (!read_native_side(field, 9, native.negative) &&
              !read_native_side(field, 12, native.positive)) {
            field.skip();
          }
      }
    });
    const bool is_native = !native.positive.spans.empty() || !native.negative.spans.empty() ||
                           native.zero_threshold > 0 || native.zero_count > 0;
    if (is_native) return add_native(parts, sample, message);
    add_parts(parts, sample, "_bucket", "le");
  }

  Bucket quantile(std::string_view message) {
    Bucket made;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case fixed64_field(1): made.bound = field.get_double(); break;
        case fixed64_field(2): made.count = field.get_double(); break;
        default: field.skip();
      }
    });
    decoder_.claim(kSampleCost);
    return made;
  }

  Bucket bucket(std::string_view message) {
    Bucket made;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case varint_field(1): made.count = static_cast<double>(field.get_uint64()); break;
        case fixed64_field(4): made.count = field.get_double(); break;
        case fixed64_field(2): made.bound = field.get_double(); break;
        case bytes_field(3): made.exemplars = keep(exemplar(field.get_view())); break;
        default: field.skip();
      }
    });
    decoder_.claim(kSampleCost);
    return made;
  }

  Exemplar exemplar(std::string_view message) {
    Exemplar made;
    made.value = Value::number(0);
    std::vector<KeyValue> rest;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(1): {
          const KeyValue one = label(field.get_view());
          set_exemplar_label(one.key, one.value.as_string(), made, rest);
          break;
        }
        case fixed64_field(2): made.value = Value::number(field.get_double()); break;
        case bytes_field(3): made.time = read_timestamp(field.get_view()); break;
        default: field.skip();
      }
    });
    decoder_.claim(sizeof(made));
    made.filtered_attributes = builder_.labels(rest);
    return made;
  }

  std::span<const Exemplar> keep(const Exemplar& one) {
    return builder_.arena().copy_array<Exemplar>({&one, 1});
  }

  void add(const ExposedSample& sample) {
    decoder_.claim(sizeof(sample));
    builder_.add(sample);
  }

  void add_native(Parts& parts, ExposedSample sample, std::string_view message) {
    model::Distribution made;
    sample.kind = PrometheusValue::kNativeHistogram;
    sample.is_stale = parts.native.is_stale();
    sample.start_time = parts.start_time;
    if (const auto wrong = to_distribution(parts.native, decoder_, made); !wrong.empty()) {
      throw abandon(message, wrong);
    }
    sample.distribution = builder_.arena().copy_array<model::Distribution>({&made, 1}).data();
    for (const Bucket& one : parts.buckets) {
      parts.exemplars.insert(parts.exemplars.end(), one.exemplars.begin(), one.exemplars.end());
    }
    sample.exemplars = builder_.arena().copy_array(std::span<const Exemplar>(parts.exemplars));
    add(sample);
  }

  // The series of a classic histogram or a summary.
  void add_parts(const Parts& parts, ExposedSample sample, std::string_view suffix,
                 std::string_view bound_label) {
    sample.start_time = parts.start_time;
    const auto add_series = [&](std::string_view end, double value) {
      sample.name = end.empty() ? name_ : builder_.arena().copy(std::string(name_).append(end));
      sample.value = value;
      add(sample);
    };
    add_series("_count", parts.count);
    add_series("_sum", parts.sum);
    bool has_infinity = bound_label != "le";
    const std::string_view series = builder_.arena().copy(std::string(name_).append(suffix));
    const auto add_bound = [&](const Bucket& one) {
      ExposedSample bounded = sample;
      std::vector<KeyValue> labels = labels_;
      labels.push_back({bound_label, Value::string(builder_.arena().copy(bound_text(one.bound)))});
      decoder_.claim(labels.size() * sizeof(KeyValue));
      bounded.labels = builder_.labels(labels);
      bounded.name = series;
      bounded.value = one.count;
      bounded.exemplars = one.exemplars;
      add(bounded);
    };
    for (const Bucket& one : parts.buckets) {
      has_infinity = has_infinity || one.bound == HUGE_VAL;
      add_bound(one);
    }
    if (!has_infinity) add_bound({parts.count, HUGE_VAL, {}});
  }

  // What a bucket becomes: a sample and its label's text.
  static constexpr std::size_t kSampleCost = 64;

  ExpositionBuilder& builder_;
  Decoded scratch_;
  otlp::Decoder decoder_;
  std::uint32_t family_ = 0;
  std::string_view name_;
  std::vector<KeyValue> labels_;
};

}  // namespace

Result<void> parse_exposition_protobuf(std::string_view body, ExpositionBuilder& builder) {
  FamilyParser parser(builder, body);
  // Counts of histograms lie in the parser's own arena.
  builder.arena().keep(parser.arena());
  const char* at = body.data();
  const char* const end = at + body.size();
  try {
    while (at != end) {
      const std::uint64_t size = protozero::decode_varint(&at, end);
      if (size > static_cast<std::uint64_t>(end - at)) {
        throw otlp::Abandoned{Errc::kMalformed, at, "a family runs past the end"};
      }
      parser.family({at, static_cast<std::size_t>(size)});
      at += size;
    }
  } catch (const protozero::exception& error) {
    return fail(Errc::kMalformed,
                fmt::format("byte {}: {}", at - body.data(), otlp::to_text(error)));
  } catch (const otlp::Abandoned& abandoned) {
    return fail(abandoned.code,
                fmt::format("byte {}: {}", abandoned.at - body.data(), abandoned.what));
  }
  return {};
}

}  // namespace obs::codec
