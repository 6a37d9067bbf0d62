#include "base/document.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <new>

#include "base/check.h"
#include "base/document_builder.h"

namespace weir::base {
namespace {

// Where the node number `order` begins in a JSON text that is known to be well formed. Nodes are
// counted as the builder counts them: keys and values, in the order they begin.
std::size_t json_offset(std::string_view text, std::uint32_t order) {
  std::uint32_t seen = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const char letter = text[at];
    if (std::strchr(" \t\r\n,:]}", letter) != nullptr) {
      ++at;
      continue;
    }
    if (seen++ == order) return at;
    if (letter == '"') {
      for (++at; text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
      ++at;
    } else if (letter == '[' || letter == '{') {
      ++at;
    } else {
      at = std::min(text.find_first_of(" \t\r\n,:]}", at), text.size());
    }
  }
  return at;
}

}  // namespace

Error too_many_bytes(std::size_t size, const DocumentLimits& limits, std::string file) {
  return {ErrorCode::too_large,
          "has " + std::to_string(size) + " bytes, at most " + std::to_string(limits.bytes) +
              " are taken",
          {},
          {},
          {std::move(file), 0, 0}};
}

Place place_in(std::string_view text, std::size_t offset, std::string file) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {std::move(file), static_cast<std::uint32_t>(lines + 1),
          static_cast<std::uint32_t>(offset - line_start + 1)};
}

Place DocumentStorage::place(std::uint32_t order) const {
  if (order < positions.size()) {
    return {file, positions[order].first, positions[order].second};
  }
  if (source.empty()) return {file, 0, 0};
  return place_in(source, json_offset(source, order), file);
}

std::string_view DocumentStorage::keep(std::string_view text) {
  if (text.empty()) return {};
  auto* const copy = static_cast<char*>(arena.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

// ---- reading a tree

void Document::release() { delete std::exchange(data_.storage, nullptr); }

std::string_view Document::kind_name() const {
  switch (data_.kind) {
    case DocumentKind::null:
      return "null";
    case DocumentKind::boolean:
      return "true or false";
    case DocumentKind::integer:
      return "a whole number";
    case DocumentKind::number:
      return "a number";
    case DocumentKind::text:
      return "text";
    case DocumentKind::list:
      return "a list";
    case DocumentKind::map:
      return "a map";
  }
  return "";
}

bool Document::boolean() const {
  WEIR_CHECK(is(DocumentKind::boolean), "only a boolean is asked for its value");
  return data_.negative;
}

std::uint64_t Document::magnitude() const {
  WEIR_CHECK(is(DocumentKind::integer), "only an integer is asked for its magnitude");
  return data_.magnitude;
}

bool Document::negative() const {
  WEIR_CHECK(is(DocumentKind::integer), "only an integer is asked for its sign");
  return data_.negative;
}

double Document::number() const {
  if (is(DocumentKind::integer)) {
    const auto value = static_cast<double>(data_.magnitude);
    return data_.negative ? -value : value;
  }
  WEIR_CHECK(is(DocumentKind::number), "only a number is asked for its value");
  return data_.number;
}

std::string_view Document::text() const {
  WEIR_CHECK(!is(DocumentKind::list) && !is(DocumentKind::map), "lists and maps are no text");
  return {data_.text, data_.size};
}

std::span<const Document> Document::items() const {
  WEIR_CHECK(is(DocumentKind::list), "only a list has items");
  return {data_.items, data_.size};
}

std::span<const DocumentEntry> Document::entries() const {
  WEIR_CHECK(is(DocumentKind::map), "only a map has entries");
  return {data_.entries, data_.size};
}

const Document* Document::find(std::string_view key) const {
  if (!is(DocumentKind::map)) return nullptr;
  for (const DocumentEntry& entry : entries()) {
    if (entry.key.text() == key) return &entry.value;
  }
  return nullptr;
}

bool Document::may_be_text() const { return is(DocumentKind::text) || data_.plain; }

Place Document::place() const {
  return data_.storage == nullptr ? Place{} : data_.storage->place(data_.order);
}

// ---- building a tree

DocumentBuilder::DocumentBuilder(std::size_t text_size, std::string file,
                                 const DocumentLimits& limits)
    : storage_(std::make_unique<DocumentStorage>(text_size)), limits_(limits) {
  storage_->file = std::move(file);
  stack_.reserve(64);
  frames_.reserve(8);
}

bool DocumentBuilder::refuse(ErrorCode code, std::string message, std::string hint,
                             std::uint32_t order) {
  problem_ = Error{code, std::move(message), {}, std::move(hint), storage_->place(order)};
  return false;
}

bool DocumentBuilder::count(std::size_t nodes, std::size_t height) {
  nodes_ += nodes;
  if (nodes_ > limits_.nodes) {
    return refuse(ErrorCode::too_large,
                  "has more than " + std::to_string(limits_.nodes) + " values", {}, next_order_);
  }
  if (frames_.size() + height > limits_.depth) {
    return refuse(ErrorCode::too_large,
                  "is nested more than " + std::to_string(limits_.depth) + " levels deep", {},
                  next_order_);
  }
  if (!frames_.empty()) frames_.back().height = std::max(frames_.back().height, height);
  return true;
}

// The node is filled where it stands: putting it together elsewhere and copying it over costs a
// quarter of the whole parse.
Document::Data* DocumentBuilder::push(DocumentKind kind, std::string_view written, bool plain) {
  const bool container = kind == DocumentKind::list || kind == DocumentKind::map;
  if (!count(1, container ? 1 : 0)) return nullptr;
  Document::Data& data = stack_.emplace_back();
  data.storage = storage_.get();
  data.text = written.data();
  data.size = static_cast<std::uint32_t>(written.size());
  data.order = next_order_++;
  data.kind = kind;
  data.plain = plain;
  return &data;
}

bool DocumentBuilder::end_scalar() {
  const std::size_t anchor = std::exchange(next_anchor_, 0);
  if (anchor != 0) anchored_.insert_or_assign(anchor, Anchored{stack_.back(), 1, 0});
  return true;
}

bool DocumentBuilder::add_null(std::string_view written) {
  return push(DocumentKind::null, written, false) != nullptr && end_scalar();
}

bool DocumentBuilder::add_boolean(bool value, std::string_view written, bool plain) {
  Document::Data* const data = push(DocumentKind::boolean, written, plain);
  if (data == nullptr) return false;
  data->negative = value;
  return end_scalar();
}

bool DocumentBuilder::add_integer(std::uint64_t magnitude, bool negative, std::string_view written,
                                  bool plain) {
  Document::Data* const data = push(DocumentKind::integer, written, plain);
  if (data == nullptr) return false;
  data->magnitude = magnitude;
  data->negative = negative;
  return end_scalar();
}

bool DocumentBuilder::add_number(double value, std::string_view written, bool plain) {
  Document::Data* const data = push(DocumentKind::number, written, plain);
  if (data == nullptr) return false;
  data->number = value;
  return end_scalar();
}

bool DocumentBuilder::add_text(std::string_view text, bool plain) {
  return push(DocumentKind::text, text, plain) != nullptr && end_scalar();
}

bool DocumentBuilder::open(DocumentKind kind) {
  const std::size_t start = stack_.size();
  if (push(kind, {}, false) == nullptr) return false;
  frames_.push_back({start, std::exchange(next_anchor_, 0), nodes_ - 1});
  return true;
}

bool DocumentBuilder::close() {
  WEIR_CHECK(!frames_.empty(), "a parser closes only what it opened");
  const Frame frame = frames_.back();
  if (stack_[frame.start].kind == DocumentKind::list) {
    close_list(frame.start);
  } else if (!close_map(frame.start)) {
    return false;
  }
  frames_.pop_back();
  const std::size_t height = frame.height + 1;
  if (!frames_.empty()) frames_.back().height = std::max(frames_.back().height, height);
  if (frame.anchor != 0) {
    anchored_.insert_or_assign(frame.anchor,
                               Anchored{stack_[frame.start], nodes_ - frame.nodes_before, height});
  }
  return true;
}

void DocumentBuilder::close_list(std::size_t start) {
  const std::size_t size = stack_.size() - start - 1;
  // Nodes in the arena own nothing, so nobody has to destroy them.
  auto* const items =
      static_cast<Document*>(storage_->arena.allocate(size * sizeof(Document), alignof(Document)));
  for (std::size_t i = 0; i < size; ++i) (new (items + i) Document)->data_ = stack_[start + 1 + i];
  stack_.resize(start + 1);
  stack_[start].items = items;
  stack_[start].size = static_cast<std::uint32_t>(size);
}

bool DocumentBuilder::close_map(std::size_t start) {
  const std::size_t size = (stack_.size() - start - 1) / 2;
  auto* const entries = static_cast<DocumentEntry*>(
      storage_->arena.allocate(size * sizeof(DocumentEntry), alignof(DocumentEntry)));
  for (std::size_t i = 0; i < size; ++i) {
    auto* const entry = new (entries + i) DocumentEntry;
    entry->key.data_ = stack_[start + 1 + 2 * i];
    entry->value.data_ = stack_[start + 2 + 2 * i];
  }
  stack_.resize(start + 1);
  stack_[start].entries = entries;
  stack_[start].size = static_cast<std::uint32_t>(size);
  return check_keys(entries, size);
}

bool DocumentBuilder::check_keys(const DocumentEntry* entries, std::size_t size) {
  const auto twice = [&](const DocumentEntry& first, const DocumentEntry& second) {
    const Place place = first.key.place();
    return refuse(ErrorCode::invalid,
                  "the key `" + std::string(second.key.text()) + "` is here twice",
                  place.line == 0 ? "" : "first on line " + std::to_string(place.line),
                  second.key.data_.order);
  };
  constexpr std::size_t few = 16;  // as many are compared with each other sooner than sorted
  if (size <= few) {
    for (std::size_t later = 1; later < size; ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if (entries[earlier].key.text() == entries[later].key.text()) {
          return twice(entries[earlier], entries[later]);
        }
      }
    }
    return true;
  }
  std::vector<const DocumentEntry*> sorted(size);
  for (std::size_t i = 0; i < size; ++i) sorted[i] = entries + i;
  std::sort(sorted.begin(), sorted.end(), [](const DocumentEntry* a, const DocumentEntry* b) {
    const int order = a->key.text().compare(b->key.text());
    return order != 0 ? order < 0 : a < b;
  });
  for (std::size_t i = 1; i < size; ++i) {
    if (sorted[i - 1]->key.text() == sorted[i]->key.text())
      return twice(*sorted[i - 1], *sorted[i]);
  }
  return true;
}

bool DocumentBuilder::add_alias(std::size_t anchor) {
  const auto found = anchored_.find(anchor);
  if (found == anchored_.end()) {
    return refuse(ErrorCode::invalid, "the alias stands inside what it stands for", {},
                  next_order_);
  }
  if (!count(found->second.nodes, found->second.height)) return false;
  // Its place is where it was written out; the alias only keeps the count of positions in step.
  ++next_order_;
  stack_.push_back(found->second.data);
  return true;
}

Document DocumentBuilder::finish() {
  WEIR_CHECK(frames_.empty() && stack_.size() <= 1 && !problem_, "only a whole tree is finished");
  Document root;
  if (!stack_.empty()) root.data_ = stack_.front();
  root.data_.storage = storage_.release();
  root.data_.owns_storage = true;
  return root;
}

const Document& at_path(const Document& root, std::string_view path) {
  const Document* node = &root;
  while (!path.empty()) {
    const std::size_t end = path.find_first_of(".[");
    const std::string_view name = path.substr(0, end);
    const Document* next = name.empty() ? node : node->find(name);
    if (next == nullptr) return *node;
    node = next;
    path.remove_prefix(std::min(end, path.size()));
    if (path.starts_with('[')) {
      // A key may hold brackets of its own: then this is no index.
      const std::size_t close = std::min(path.find(']'), path.size());
      std::size_t index = 0;
      const auto read = std::from_chars(path.data() + 1, path.data() + close, index);
      const bool whole = read.ec == std::errc{} && read.ptr == path.data() + close;
      if (!whole || !node->is(DocumentKind::list) || index >= node->items().size()) return *node;
      node = &node->items()[index];
      path.remove_prefix(std::min(close + 1, path.size()));
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return *node;
}

}  // namespace weir::base
