// A parsed text, YAML or JSON, as a tree that still knows where each part stood.
//
// It is read-only and short-lived: read.h turns it into described structs and it is dropped. It is
// not a value to keep state in, and nothing above `base` should walk it where a struct would do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace weir::base {

enum class DocumentKind : std::uint8_t { null, boolean, integer, number, text, list, map };

struct DocumentEntry;
struct DocumentStorage;

// One node. The root owns the memory of all; the other nodes are looked at through it and die with
// it, so they are never copied or kept.
class Document {
 public:
  Document() = default;
  Document(Document&& other) noexcept : data_(std::exchange(other.data_, {})) {}
  Document& operator=(Document&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() {
    if (data_.owns_storage) release();
  }

  [[nodiscard]] DocumentKind kind() const { return data_.kind; }
  [[nodiscard]] bool is(DocumentKind kind) const { return data_.kind == kind; }
  // "a list", "text", "a whole number": for messages.
  [[nodiscard]] std::string_view kind_name() const;

  // Each of these requires the kind it names.
  [[nodiscard]] bool boolean() const;
  // The size of a whole number without its sign, and its sign.
  [[nodiscard]] std::uint64_t magnitude() const;
  [[nodiscard]] bool negative() const;
  // Of an integer or a number.
  [[nodiscard]] double number() const;
  // Of any scalar, as it was written ("3e-4"); of text, its content without quotes. Null: "".
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::span<const Document> items() const;
  [[nodiscard]] std::span<const DocumentEntry> entries() const;
  // The value under `key` in a map, or null where there is none or this is no map.
  [[nodiscard]] const Document* find(std::string_view key) const;

  // YAML writes text without quotes, so there a plain number or word may be meant as text.
  [[nodiscard]] bool may_be_text() const;
  // File, line and column. Cheap to have, dear to ask for: only errors ask.
  [[nodiscard]] Place place() const;

 private:
  friend class DocumentBuilder;
  friend struct DocumentStorage;
  void release();

  // Plain data, so that nodes are moved about like numbers while a tree is built.
  struct Data {
    DocumentStorage* storage = nullptr;
    union {
      const char* text = nullptr;    // scalars: as written
      const Document* items;         // lists
      const DocumentEntry* entries;  // maps
    };
    union {
      std::uint64_t magnitude = 0;  // integers
      double number;                // numbers
    };
    std::uint32_t size = 0;   // of what the first union points to
    std::uint32_t order = 0;  // the how-many-th node of its text this is
    DocumentKind kind = DocumentKind::null;
    bool negative = false;  // of an integer; of a boolean, its value
    bool plain = false;     // a YAML scalar without quotes
    bool owns_storage = false;
  };
  Data data_;
};

struct DocumentEntry {
  Document key;  // always text
  Document value;
};

// What a text may cost at most. Aliases count with all they stand for.
struct DocumentLimits {
  std::size_t bytes = 1U << 20U;
  std::size_t nodes = 100'000;
  std::size_t depth = 32;
};

// Both refuse what is over `limits` (too_large), duplicate keys, and text that is not UTF-8
// (invalid), with line and column. `file_name` is only shown in errors; it may be "".
//
// YAML: one document; plain scalars are typed by the core schema of YAML 1.2, so `on` and `yes`
// stay text; tags other than !!str are refused; an empty text is null.
[[nodiscard]] Result<Document> parse_yaml(std::string_view text, std::string file_name,
                                          DocumentLimits limits = {});
[[nodiscard]] Result<Document> parse_json(std::string_view text, std::string file_name = {},
                                          DocumentLimits limits = {});

// The node that a dotted path leads to ("resources.any_of[1].cpus"), or the nearest one above it.
[[nodiscard]] const Document& at_path(const Document& root, std::string_view path);

}  // namespace weir::base
