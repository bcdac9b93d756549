#include "libobs/codec/remote_write.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libobs/base/text.h"
#include "libobs/codec/otlp_protobuf_decode.h"
#include "libobs/codec/remote_write_fields.h"
#include "libobs/codec/remote_write_series.h"

namespace obs::codec {
namespace {

using model::Exemplar;
using otlp::bytes_field;
using otlp::fixed64_field;
using otlp::for_each_field;
using otlp::Reader;
using otlp::varint_field;

PrometheusType to_type(std::uint32_t number) {
  return number < kPrometheusTypes ? static_cast<PrometheusType>(number) : PrometheusType::kUnknown;
}

// What both versions share. Metadata may stand behind the series, and symbols, though they do not:
// so each request is walked twice, and the series only in the second walk.
class RequestDecoder {
 public:
  RequestDecoder(RemoteWrite& out, std::string_view body)
      : out_(out), decoder_(out.decoded, body, false), writer_(out.decoded, decoder_) {}
  virtual ~RequestDecoder() = default;

  void decode(std::string_view body) {
    const std::uint32_t wanted = bytes_field(series_field());
    std::size_t series = 0;
    for_each_field(body, [&](Reader& field) {
      if (field.tag_and_type() == wanted) {
        ++series;
        field.skip();
      } else {
        head(field);
      }
    });
    check_head();
    // Real series take more than 16 bytes, and are claimed one by one.
    reserve_rows(out_.decoded.batch.metrics, std::min(series, body.size() / 16));
    for_each_field(body, [&](Reader& field) {
      if (field.tag_and_type() != wanted) return field.skip();
      const std::string_view message = field.get_view();
      sent_.clear();
      this->series(message);
      out_.exemplars += sent_.exemplars.size();
      writer_.write(sent_);
    });
    writer_.finish();
  }

 protected:
  virtual std::uint32_t series_field() const = 0;
  virtual void head(Reader& field) = 0;
  virtual void check_head() {}
  virtual void series(std::string_view message) = 0;

  void sample(std::string_view message) {
    decoder_.claim(sizeof(SentSample));
    sent_.samples.push_back(read_sample(message));
  }
  void histogram(std::string_view message) {
    decoder_.claim(sizeof(message));
    sent_.histograms.push_back(message);
  }

  // Of a message that has a value and a time in fields 2 and 3, and labels in field 1.
  template <class Labels>
  void exemplar(std::string_view message, const Labels& labels) {
    Exemplar exemplar;
    rest_.clear();
    std::int64_t time_ms = 0;
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case fixed64_field(2): exemplar.value = model::Value::number(field.get_double()); break;
        case varint_field(3): time_ms = field.get_int64(); break;
        default: labels(field, exemplar);
      }
    });
    // protobuf leaves a 0 out.
    if (exemplar.value.kind() == model::ValueKind::kNone) exemplar.value = model::Value::number(0);
    exemplar.time = writer_.time(time_ms);
    decoder_.claim(rest_.size() * sizeof(model::KeyValue));
    exemplar.filtered_attributes =
        decoder_.arena().copy_array(std::span<const model::KeyValue>(rest_));
    decoder_.claim(sizeof(exemplar));
    sent_.exemplars.push_back(exemplar);
  }
  void exemplar_label(std::string_view name, std::string_view value, Exemplar& exemplar) {
    set_exemplar_label(decoder_.text(name), decoder_.text(value), exemplar, rest_);
  }

  RemoteWrite& out_;
  otlp::Decoder decoder_;
  SeriesWriter writer_;
  SentSeries sent_;

 private:
  std::vector<model::KeyValue> rest_;
};

class DecoderV1 final : public RequestDecoder {
 public:
  DecoderV1(RemoteWrite& out, std::string_view body, const MetadataTablePtr& known)
      : RequestDecoder(out, body), known_(known) {
    if (known_ != nullptr) out.decoded.batch.arena->keep(known_);
  }

 protected:
  std::uint32_t series_field() const override { return 1; }

  void head(Reader& field) override {
    if (field.tag_and_type() != bytes_field(3)) return field.skip();
    std::string_view name;
    FamilyMetadata family;
    for_each_field(field.get_view(), [&](Reader& part) {
      switch (part.tag_and_type()) {
        case varint_field(1): family.type = to_type(part.get_uint32()); break;
        case bytes_field(2): name = part.get_view(); break;
        case bytes_field(4): family.help = decoder_.text(part.get_view()); break;
        case bytes_field(5): family.unit = decoder_.text(part.get_view()); break;
        default: part.skip();
      }
    });
    // Twice the bytes that a node of the table and its texts take at least.
    decoder_.claim(512 + name.size() + family.help.size() + family.unit.size());
    if (!name.empty() && is_valid_utf8(name)) out_.metadata[std::string(name)] = std::move(family);
  }

  void series(std::string_view message) override {
    const std::string_view rest = plain_labels(message);
    const char* labels_end = rest.data();
    for_each_field(rest, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(1): {
          const auto [name, value] = read_label(field.get_view());
          sent_.labels.add(name, value);
          labels_end = field.data().data();
          break;
        }
        case bytes_field(2): sample(field.get_view()); break;
        case bytes_field(3):
          exemplar(field.get_view(), [&](Reader& part, Exemplar& exemplar) {
            if (part.tag_and_type() != bytes_field(1)) return part.skip();
            const auto [name, value] = read_label(part.get_view());
            exemplar_label(name, value, exemplar);
          });
          break;
        case bytes_field(4): histogram(field.get_view()); break;
        default: field.skip();
      }
    });
    // One look at all labels, their tags and lengths among them, instead of two a label.
    sent_.is_text = is_ascii({message.data(), labels_end});
    describe(sent_.labels.name());
  }

 private:
  // Takes the labels with which nearly all series begin, without protobuf's detours; answers what
  // it left.
  std::string_view plain_labels(std::string_view message) {
    LabelPair label;
    while (message.size() >= 2 && message[0] == '\x0a' && (message[1] & kMoreBytes) == 0) {
      const std::size_t size = static_cast<unsigned char>(message[1]);
      if (message.size() - 2 < size || !read_plain_label(message.substr(2, size), label)) break;
      sent_.labels.add(label.name, label.value);
      message.remove_prefix(2 + size);
    }
    return message;
  }

  // Series of one metric follow each other.
  void describe(std::string_view name) {
    if (name.data() == nullptr) return;
    if (name != last_name_) {
      last_name_ = name;
      last_ = find(name);
    }
    sent_.metadata = last_;
  }

  PrometheusMetadata find(std::string_view name) {
    const FamilyMetadata* family = find_family(out_.metadata, name);
    const bool own = family != nullptr;
    if (!own && known_ != nullptr) family = find_family(*known_, name);
    if (family == nullptr) return {};
    if (!own) return {family->type, family->unit, family->help};
    // The table of the request does not live as long as the batch.
    return {family->type, decoder_.arena().copy(family->unit), decoder_.arena().copy(family->help)};
  }

  const MetadataTablePtr known_;
  std::string_view last_name_;
  PrometheusMetadata last_;
};

class DecoderV2 final : public RequestDecoder {
 public:
  DecoderV2(RemoteWrite& out, std::string_view body) : RequestDecoder(out, body), body_(body) {}

 protected:
  std::uint32_t series_field() const override { return 5; }

  void head(Reader& field) override {
    if (field.tag_and_type() != bytes_field(4)) return field.skip();
    const std::string_view symbol = field.get_view();
    decoder_.claim(2 * sizeof(symbol));
    symbols_.push_back(symbol);
    is_text_ = is_text_ && is_ascii(symbol);
  }

  void check_head() override {
    if (symbols_.empty() || symbols_.front().empty()) return;
    throw otlp::Abandoned{Errc::kMalformed, body_.data(), "the first symbol is not empty"};
  }

  void series(std::string_view message) override {
    sent_.is_text = is_text_;
    refs_.clear();
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case bytes_field(1): refs(field, refs_); break;
        case varint_field(1): refs_.push_back(field.get_uint32()); break;
        case bytes_field(2): sample(field.get_view()); break;
        case bytes_field(3): histogram(field.get_view()); break;
        case bytes_field(4): exemplar_of(field.get_view()); break;
        case bytes_field(5): metadata(field.get_view()); break;
        case varint_field(6): sent_.start_ms = field.get_int64(); break;
        default: field.skip();
      }
    });
    for_each_pair(refs_, [this](std::string_view name, std::string_view value) {
      sent_.labels.add(name, value);
    });
    if (!sent_.samples.empty() && !sent_.histograms.empty()) {
      sent_.wrong = "a series has both samples and histograms";
    }
  }

 private:
  // Labels of one series: nobody has a thousand.
  static constexpr std::size_t kMaxRefs = 65536;

  void refs(Reader& field, std::vector<std::uint32_t>& out) {
    for (const std::uint32_t ref : field.get_packed_uint32()) {
      if (out.size() < kMaxRefs) out.push_back(ref);
    }
  }

  // Empty, and a series that is wrong, where there is no such symbol.
  std::string_view symbol(std::uint32_t ref) {
    if (ref < symbols_.size()) return symbols_[ref];
    if (ref != 0) sent_.wrong = "a reference is to no symbol";
    return {};
  }

  template <class Visit>
  void for_each_pair(const std::vector<std::uint32_t>& refs, Visit&& visit) {
    if (refs.size() % 2 != 0) sent_.wrong = "labels_refs are not pairs";
    if (refs.size() >= kMaxRefs) sent_.wrong = "a series has more than 32767 labels";
    for (std::size_t i = 0; i + 1 < refs.size(); i += 2) {
      visit(symbol(refs[i]), symbol(refs[i + 1]));
    }
  }

  void exemplar_of(std::string_view message) {
    exemplar_refs_.clear();
    exemplar(message, [&](Reader& field, Exemplar& exemplar) {
      const std::size_t before = exemplar_refs_.size();
      switch (field.tag_and_type()) {
        case bytes_field(1): refs(field, exemplar_refs_); break;
        case varint_field(1): exemplar_refs_.push_back(field.get_uint32()); break;
        default: field.skip();
      }
      if (exemplar_refs_.size() == before || exemplar_refs_.size() % 2 != 0) return;
      for_each_pair({exemplar_refs_}, [&](std::string_view name, std::string_view value) {
        exemplar_label(name, value, exemplar);
      });
      exemplar_refs_.clear();
    });
  }

  void metadata(std::string_view message) {
    for_each_field(message, [&](Reader& field) {
      switch (field.tag_and_type()) {
        case varint_field(1): sent_.metadata.type = to_type(field.get_uint32()); break;
        case varint_field(3): sent_.metadata.help = symbol(field.get_uint32()); break;
        case varint_field(4): sent_.metadata.unit = symbol(field.get_uint32()); break;
        default: field.skip();
      }
    });
    if (is_text_) return;
    sent_.metadata.help = decoder_.text(sent_.metadata.help);
    sent_.metadata.unit = decoder_.text(sent_.metadata.unit);
  }

  const std::string_view body_;
  std::vector<std::string_view> symbols_;
  bool is_text_ = true;
  std::vector<std::uint32_t> refs_;
  std::vector<std::uint32_t> exemplar_refs_;
};

void decode_into(RemoteWriteVersion version, std::string_view body, const MetadataTablePtr& known,
                 RemoteWrite& out) {
  if (version == RemoteWriteVersion::kV1) return DecoderV1(out, body, known).decode(body);
  DecoderV2(out, body).decode(body);
}

}  // namespace

const FamilyMetadata* find_family(const MetadataTable& table, std::string_view series) {
  if (table.empty()) return nullptr;
  if (const auto found = table.find(series); found != table.end()) return &found->second;
  for (const std::string_view suffix :
       {"_total", "_bucket", "_count", "_sum", "_info", "_created", "_gcount", "_gsum"}) {
    if (!series.ends_with(suffix)) continue;
    const auto found = table.find(series.substr(0, series.size() - suffix.size()));
    return found == table.end() ? nullptr : &found->second;
  }
  return nullptr;
}

Result<RemoteWrite, ParseError> decode_remote_write(RemoteWriteVersion version, std::string&& body,
                                                    Timestamp received,
                                                    const MetadataTablePtr& known) {
  if (body.size() > std::numeric_limits<std::uint32_t>::max()) {
    return fail(ParseError{Errc::kLimitExceeded, 0, "request of 4 GiB or more"});
  }
  RemoteWrite out;
  out.decoded.batch.signal = model::Signal::kMetrics;
  out.decoded.batch.received = received;
  const std::string_view bytes = out.decoded.batch.arena->adopt(std::move(body));
  try {
    decode_into(version, bytes, known, out);
  } catch (const otlp::Abandoned& abandoned) {
    return fail(ParseError{abandoned.code, static_cast<std::size_t>(abandoned.at - bytes.data()),
                           abandoned.what});
  }
  return out;
}

RemoteWritten count_written(const model::MetricColumns& points) {
  RemoteWritten written;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const bool is_sample =
        points.value[i].kind() != model::ValueKind::kNone || points.flags[i] != 0;
    if (points.distribution[i] != nullptr) {
      ++written.histograms;
    } else if (is_sample) {
      ++written.samples;
    }
    written.exemplars += points.exemplars[i].size();
  }
  return written;
}

}  // namespace obs::codec
