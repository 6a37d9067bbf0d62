// Which word was meant.
#include "cli/suggest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace weir::cli {
namespace {

const std::vector<std::string> verbs = {"run", "submit", "plan",   "ls",   "show",   "logs",
                                        "set", "cancel", "tenant", "wait", "what-if"};
const std::vector<std::string> flags = {"--json", "-o",       "--format",
                                        "-f",     "--follow", "--token-file"};

TEST(MeantWord, is_near_in_letters) {
  EXPECT_EQ(meant_word("sumbit", verbs), "submit");
  EXPECT_EQ(meant_word("lsit", verbs), "ls");
  EXPECT_EQ(meant_word("st", verbs), "set");
  EXPECT_EQ(meant_word("Cancel", verbs), "cancel");
  EXPECT_EQ(meant_word("what_if", verbs), "what-if");
}

TEST(MeantWord, keeps_the_dashes_of_a_flag) {
  EXPECT_EQ(meant_word("--josn", flags), "--json");
  EXPECT_EQ(meant_word("-json", flags), "--json");
  EXPECT_EQ(meant_word("-F", flags), "-f");
  EXPECT_EQ(meant_word("--token_file", flags), "--token-file");
}

TEST(MeantWord, is_none_where_nothing_is_near) {
  EXPECT_EQ(meant_word("frobnicate", verbs), "");
  EXPECT_EQ(meant_word("-z", flags), "");
  EXPECT_EQ(meant_word("--", flags), "");
  EXPECT_EQ(meant_word("", verbs), "");
  EXPECT_EQ(meant_word("ls", {}), "");
}

RC_GTEST_PROP(MeantWord, is_a_known_one_itself_where_it_is_known, ()) {
  const std::string word = *rc::gen::elementOf(verbs);
  RC_ASSERT(meant_word(word, verbs) == word);
}

}  // namespace
}  // namespace weir::cli
