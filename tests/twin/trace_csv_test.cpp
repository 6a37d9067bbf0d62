#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "twin/traces/csv.h"
#include "twin/traces/table.h"

namespace weir::twin::traces::test {
namespace {

using Next = CsvRows::Next;

struct Seen {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::uint64_t> lines;  // of the rows
  std::vector<std::string> faults;   // "line: why"
  std::size_t blank = 0;
};

Seen read(std::string_view text, char separator = ',') {
  Seen seen;
  CsvRows rows(text, separator);
  for (Next next = rows.next(); next != Next::end; next = rows.next()) {
    if (next == Next::blank) ++seen.blank;
    if (next == Next::fault) seen.faults.push_back(std::to_string(rows.line()) + ": " + rows.why());
    if (next != Next::row) continue;
    seen.rows.emplace_back(rows.fields().begin(), rows.fields().end());
    seen.lines.push_back(rows.line());
  }
  return seen;
}

using Rows = std::vector<std::vector<std::string>>;

TEST(Csv, splits_plain_fields_and_keeps_empty_ones) {
  EXPECT_EQ(read("a,b,c\n1,,3\n,\n").rows, (Rows{{"a", "b", "c"}, {"1", "", "3"}, {"", ""}}));
  EXPECT_EQ(read("a\tb,c\n", '\t').rows, (Rows{{"a", "b,c"}}));
}

TEST(Csv, the_last_line_may_lack_its_end) {
  EXPECT_EQ(read("a,b\n1,2").rows, (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("1,").rows, (Rows{{"1", ""}}));
  EXPECT_TRUE(read("").rows.empty());
}

TEST(Csv, lines_may_end_as_windows_ends_them) {
  EXPECT_EQ(read("a,b\r\n1,\"2\"\r\n").rows, (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read("a\rb,c\n").rows, (Rows{{"a\rb", "c"}}));
}

TEST(Csv, a_byte_order_mark_is_no_part_of_the_first_name) {
  EXPECT_EQ(read("\xEF\xBB\xBFname,time\n").rows, (Rows{{"name", "time"}}));
}

TEST(Csv, quoted_fields_hold_separators_quotes_and_lines) {
  const Seen seen = read("\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\nnext,\"\",x\n");
  EXPECT_EQ(seen.rows, (Rows{{"a,b", "say \"no\"", "two\nlines"}, {"next", "", "x"}}));
  EXPECT_EQ(seen.lines, (std::vector<std::uint64_t>{1, 3}));
}

TEST(Csv, a_fault_costs_its_row_and_no_other) {
  const Seen seen = read("1,a\n2,b\"c\n3,\"d\"e\n4,\"f\n5,g\n");
  EXPECT_EQ(seen.rows, (Rows{{"1", "a"}, {"5", "g"}}));
  EXPECT_EQ(seen.lines, (std::vector<std::uint64_t>{1, 5}));
  EXPECT_EQ(seen.faults, (std::vector<std::string>{"2: a quote inside a field without quotes",
                                                   "3: text after a closing quote",
                                                   "4: a quote that never closes"}));
}

TEST(Csv, blank_lines_are_counted_apart) {
  const Seen seen = read("a\n\nb\r\n\r\n\n");
  EXPECT_EQ(seen.rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(seen.blank, 3U);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

RC_GTEST_PROP(Csv, rows_that_were_written_read_back, (bool windows)) {
  const auto letter = rc::gen::element('a', 'b', ',', '"', '\n', '\r', ' ', '7');
  const auto field = rc::gen::container<std::string>(letter);
  const auto row = rc::gen::suchThat(rc::gen::container<std::vector<std::string>>(field),
                                     [](const auto& fields) { return !fields.empty(); });
  const Rows rows = *rc::gen::container<Rows>(row);
  std::string text;
  for (const auto& fields : rows) {
    for (std::size_t i = 0; i < fields.size(); ++i) text += (i > 0 ? "," : "") + quoted(fields[i]);
    text += windows ? "\r\n" : "\n";
  }
  const Seen seen = read(text);
  RC_ASSERT(seen.faults.empty());
  RC_ASSERT(seen.rows == rows);
}

TEST(Table, finds_columns_by_name_whatever_their_order) {
  auto table = Table::open("b,a\n1,2\n");
  ASSERT_TRUE(table);
  const auto a = table->column("a");
  ASSERT_TRUE(a);
  ASSERT_TRUE(table->next());
  EXPECT_EQ((*table->row())[*a].text, "2");
  EXPECT_FALSE(table->next());
}

TEST(Table, says_which_columns_there_are_where_one_is_missing) {
  const auto table = Table::open("b,a\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->column("c").error().text(),
            "c: there is no column `c`; its columns are `b`, `a`");
}

TEST(Table, refuses_a_name_that_stands_twice_and_a_text_without_a_line) {
  EXPECT_FALSE(Table::open("a,b,a\n1,2,3\n"));
  EXPECT_FALSE(Table::open(""));
  EXPECT_FALSE(Table::open("\n\n"));
  EXPECT_FALSE(Table::open("a,\"b\n"));
}

TEST(Table, a_row_of_another_length_is_a_fault) {
  auto table = Table::open("a,b\n1\n1,2,3\n");
  ASSERT_TRUE(table);
  ASSERT_TRUE(table->next());
  EXPECT_EQ(table->row().error().message, "has 1 fields where the table has 2 columns");
  ASSERT_TRUE(table->next());
  EXPECT_EQ(table->row().error().message, "has 3 fields where the table has 2 columns");
}

}  // namespace
}  // namespace weir::twin::traces::test
