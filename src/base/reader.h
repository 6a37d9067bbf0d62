// What all reading of documents shares: the problems found so far, the path of the field being
// read, and the few kinds of value that need no template. Only read.h uses it; others want
// read_document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/document.h"
#include "base/shape.h"

namespace weir::base {

// Collects problems and knows the path of the field being read. No templates: those of read.h only
// choose which of these to call.
class Reader {
 public:
  // While it lives, problems are about the field `name`, or the item `index`.
  class Step {
   public:
    Step(Reader& reader, std::string_view name) : reader_(reader) {
      reader_.path_.push_back({name, 0});
    }
    Step(Reader& reader, std::size_t index) : reader_(reader) {
      reader_.path_.push_back({{}, index});
    }
    ~Step() { reader_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
  };

  struct Field {
    std::string_view name;
    void (*read)(Reader&, const Document&, void* object);
    bool required;
  };

  [[nodiscard]] const std::vector<Error>& errors() const { return errors_; }
  [[nodiscard]] std::vector<Error> take_errors() { return std::move(errors_); }

  void problem(const Document& at, std::string message, std::string hint = {});
  // An error of a read_value: gets the place of `at` unless it has one, and the path before its
  // field.
  void problem(const Document& at, Error error);
  void wrong_kind(const Document& at, std::string_view expected);

  void read(const Document& document, bool& out);
  void read(const Document& document, double& out);
  void read(const Document& document, std::string& out);
  void read(const Document& document, Duration& out);
  void read(const Document& document, Time& out);
  void read_bytes(const Document& document, Bytes& out);
  // Into `out` exactly; another number of bytes is a problem.
  void read_bytes(const Document& document, std::span<std::byte> out);
  // Both give false where there is a problem.
  [[nodiscard]] bool read_signed(const Document& document, std::int64_t least, std::int64_t most,
                                 std::int64_t& out);
  [[nodiscard]] bool read_unsigned(const Document& document, std::uint64_t most,
                                   std::uint64_t& out);
  // The index of the text among `names`, or their number where there is a problem.
  [[nodiscard]] std::size_t read_name(const Document& document,
                                      std::span<const std::string_view> names);
  // The index of the text under "type" in a map, as read_name.
  [[nodiscard]] std::size_t read_type(const Document& document,
                                      std::span<const std::string_view> names);
  // `with_type`: the field "type" is known and was read already.
  void read_fields(const Document& document, std::span<const Field> fields, void* object,
                   bool with_type);

 private:
  struct PathStep {
    std::string_view name;  // or "": an index
    std::size_t index;
  };
  [[nodiscard]] std::string path(std::string_view further = {}) const;
  [[nodiscard]] Unit unit() const;
  // Text in the form of the member's unit: a size, an amount of money.
  [[nodiscard]] bool has_unit_form(const Document& document) const;
  [[nodiscard]] bool read_unit_form(const Document& document, std::int64_t& out);
  void missing_fields(const Document& document, std::span<const Field> fields);
  void unknown_field(const Document& key, std::span<const Field> fields);

  std::vector<PathStep> path_;
  std::vector<Error> errors_;
};

}  // namespace weir::base
