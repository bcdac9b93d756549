#include "libobs/store/note_taker.h"

namespace obs::store {

void NoteTaker::text(std::string_view text) {
  folded_.assign(text);
  fold_case(folded_);
  each_word(folded_, [this](std::string_view word) { index_.add(word_token(text_field_, word)); });
}

void NoteTaker::attribute(std::string_view key, const model::Value& value) {
  attribute(key, indexed_text(value, number_));
}

void NoteTaker::resource_attribute(std::string_view key, const model::Value& value) {
  if (const auto text = indexed_text(value, number_)) resource_attribute(key, *text);
}

}  // namespace obs::store
