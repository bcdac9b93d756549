// What the three tables of columns have in common: the fillers of columns that every signal has.
// Internal to libobs/store.

#pragma once

#include <string>
#include <string_view>

#include "libobs/base/text.h"
#include "libobs/codec/json.h"
#include "libobs/store/row_json.h"
#include "libobs/store/row_schema.h"

namespace obs::store {

// Calls f(i, batch, row) for the i-th row of the slice, its batch and its index there.
template <class F>
void each_row(const RowSlice& rows, F f) {
  const std::span<const RowBatch> batches = rows.set.batches();
  for (std::size_t i = 0; i < rows.refs.size(); ++i) {
    f(i, batches[rows.refs[i].batch], rows.refs[i].row);
  }
}

// A column that is copied as it is; `get(batch)` is the batch's array.
template <class T, class Get>
void fill_numbers(const RowSlice& rows, ColumnOut& out, Get get) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    out.set<T>(i, static_cast<T>(get(*b.batch)[row]));
  });
}

template <class Get>
void fill_optional_text(const RowSlice& rows, ColumnOut& out, Get get) {
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    out.text_or_null(i, get(*b.batch)[row]);
  });
}

template <class Get>
void fill_ids(const RowSlice& rows, ColumnOut& out, Get get) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const auto& id = get(*b.batch)[row];
    if (id.is_zero()) return out.null(i);
    char hex[2 * sizeof(id)];
    char* next = hex;
    for (const std::byte byte : id.bytes) {
      *next++ = kDigits[static_cast<unsigned>(byte) >> 4];
      *next++ = kDigits[static_cast<unsigned>(byte) & 15];
    }
    out.made_text(i, {hex, sizeof(hex)});
  });
}

template <class Get>
void fill_attributes(const RowSlice& rows, ColumnOut& out, Get get) {
  std::string json;
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const model::Attributes attributes = get(*b.batch)[row];
    if (attributes.empty()) return out.text(i, "{}");
    json.clear();
    codec::append_record_map(json, attributes);
    out.made_text(i, json);
  });
}

// JSON of a list that is NULL when empty.
template <class Get, class Append>
void fill_json_list(const RowSlice& rows, ColumnOut& out, Get get, Append append) {
  std::string json;
  each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
    const auto items = get(*b.batch)[row];
    if (items.empty()) return out.null(i);
    json.clear();
    append(json, items);
    out.made_text(i, json);
  });
}

// The columns about where a record came from. `Records` tells the scope of a row.
template <class Records>
struct OriginColumns {
  static const ResourceText& resource_of(const RowBatch& b, std::uint32_t row) {
    return b.resources[b.batch->scopes[Records::scope(*b.batch, row)].resource];
  }

  static void service(const RowSlice& rows, ColumnOut& out) {
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      const auto& service = resource_of(b, row).service;
      if (!service) return out.null(i);
      out.text(i, *service);
    });
  }

  static void resource(const RowSlice& rows, ColumnOut& out) {
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      out.text(i, resource_of(b, row).attributes);
    });
  }

  static void resource_id(const RowSlice& rows, ColumnOut& out) {
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      const auto& id = resource_of(b, row).id;
      if (!id) return out.null(i);
      out.set<std::uint32_t>(i, *id);
    });
  }

  static void scope(const RowSlice& rows, ColumnOut& out) {
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      out.text_or_null(i, b.scopes[Records::scope(*b.batch, row)]);
    });
  }

  static void project(const RowSlice& rows, ColumnOut& out) {
    each_row(rows,
             [&](idx_t i, const RowBatch& b, std::uint32_t) { out.text(i, b.batch->project); });
  }

  static void seq(const RowSlice& rows, ColumnOut& out) {
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      out.set<std::uint64_t>(i, b.first_seq + row);
    });
  }

  static void block(const RowSlice& rows, ColumnOut& out) {
    for (std::size_t i = 0; i < rows.refs.size(); ++i) {
      if (rows.rows_a_block == 0) {
        out.null(i);
      } else {
        out.set(i, static_cast<std::uint32_t>((rows.first + i) / rows.rows_a_block));
      }
    }
  }

  // Most records have nothing extra, or just what their resource gives them: no text is made then.
  static void extra(const RowSlice& rows, ColumnOut& out) {
    std::string own;
    each_row(rows, [&](idx_t i, const RowBatch& b, std::uint32_t row) {
      const std::string_view shared = resource_of(b, row).extra;
      ExtraJson object(own);
      Records::add_extra(object, b, row);
      if (own.empty()) return out.text_or_null(i, shared);
      object.add_object(shared);
      out.made_text(i, object.finish());
    });
  }
};

}  // namespace obs::store
