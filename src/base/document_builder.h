// Puts a Document together from the events of a parser, and holds it to its limits. Only the two
// parsers (document_yaml.cpp, document_json.cpp) include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/document.h"

namespace weir::base {

// What all nodes of one tree share.
struct DocumentStorage {
  std::pmr::monotonic_buffer_resource arena;
  std::string file;
  // JSON: the text itself, which text nodes point into and where positions are looked up.
  std::string source;
  // YAML: line and column of every node, by order.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> positions;

  explicit DocumentStorage(std::size_t text_size) : arena(text_size + 1'024) {}
  [[nodiscard]] Place place(std::uint32_t order) const;
  [[nodiscard]] std::string_view keep(std::string_view text);
};

[[nodiscard]] Error too_many_bytes(std::size_t size, const DocumentLimits& limits,
                                   std::string file);
// Line and column of the byte at `offset`.
[[nodiscard]] Place place_in(std::string_view text, std::size_t offset, std::string file);

// Every event gives false where the tree is over a limit or a map has a key twice; problem() then
// says which. A map takes a text node as key before each value.
class DocumentBuilder {
 public:
  DocumentBuilder(std::size_t text_size, std::string file, const DocumentLimits& limits);

  [[nodiscard]] DocumentStorage& storage() { return *storage_; }
  // Only YAML calls this, before each event that adds a node.
  void at(std::uint32_t line, std::uint32_t column) {
    storage_->positions.emplace_back(line, column);
  }

  bool add_null(std::string_view written);
  bool add_boolean(bool value, std::string_view written, bool plain);
  bool add_integer(std::uint64_t magnitude, bool negative, std::string_view written, bool plain);
  bool add_number(double value, std::string_view written, bool plain);
  // `text` must live as long as the storage: see DocumentStorage::keep.
  bool add_text(std::string_view text, bool plain);
  bool open(DocumentKind kind);
  bool close();

  // Names the node that the next add or open makes, or has just closed; 0 is no name.
  void name_next(std::size_t anchor) { next_anchor_ = anchor; }
  // Adds what `anchor` names once more.
  bool add_alias(std::size_t anchor);

  [[nodiscard]] std::optional<Error> take_problem() { return std::exchange(problem_, {}); }
  // The finished tree. Requires: everything opened is closed and no event failed. No events: null.
  [[nodiscard]] Document finish();

 private:
  struct Frame {
    std::size_t start = 0;  // where the open node stands on the stack
    std::size_t anchor = 0;
    std::size_t nodes_before = 0;
    std::size_t height = 0;  // of its highest child
  };
  struct Anchored {
    Document::Data data;
    std::size_t nodes = 0;
    std::size_t height = 0;
  };

  // The new node, or null where it is over a limit.
  Document::Data* push(DocumentKind kind, std::string_view written, bool plain);
  bool end_scalar();
  bool count(std::size_t nodes, std::size_t height);
  bool refuse(ErrorCode code, std::string message, std::string hint, std::uint32_t order);
  void close_list(std::size_t start);
  bool close_map(std::size_t start);
  bool check_keys(const DocumentEntry* entries, std::size_t size);

  std::unique_ptr<DocumentStorage> storage_;
  DocumentLimits limits_;
  std::vector<Document::Data> stack_;
  std::vector<Frame> frames_;
  std::map<std::size_t, Anchored> anchored_;
  std::size_t next_anchor_ = 0;
  std::size_t nodes_ = 0;  // with what aliases stand for
  std::uint32_t next_order_ = 0;
  std::optional<Error> problem_;
};

}  // namespace weir::base
