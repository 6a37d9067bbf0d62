// The pattern language of .weirignore, held against what git does with the same lines.
#include "backend/workdir/ignore.h"

#include <gtest/gtest.h>

namespace weir::backend::workdir {
namespace {

bool leaves_out(const char* rules, const char* path, bool is_folder = false) {
  return IgnoreRules(rules).leaves_out(path, is_folder);
}

TEST(Ignore, names_match_at_any_depth) {
  EXPECT_TRUE(leaves_out("build", "build"));
  EXPECT_TRUE(leaves_out("build", "a/b/build"));
  EXPECT_FALSE(leaves_out("build", "builder"));
  EXPECT_TRUE(leaves_out("*.o", "a/b.o"));
}

TEST(Ignore, patterns_with_a_slash_match_from_the_top) {
  EXPECT_TRUE(leaves_out("/build", "build"));
  EXPECT_FALSE(leaves_out("/build", "a/build"));
  EXPECT_TRUE(leaves_out("a/*.o", "a/b.o"));
  EXPECT_FALSE(leaves_out("a/*.o", "a/b/c.o"));
  EXPECT_FALSE(leaves_out("a/*.o", "x/a/b.o"));
}

TEST(Ignore, a_slash_at_the_end_means_folders_only) {
  EXPECT_TRUE(leaves_out("data/", "x/data", true));
  EXPECT_FALSE(leaves_out("data/", "x/data", false));
}

TEST(Ignore, two_stars_cross_folders) {
  EXPECT_TRUE(leaves_out("**/foo", "foo"));
  EXPECT_TRUE(leaves_out("**/foo", "a/b/foo"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/b"));
  EXPECT_TRUE(leaves_out("a/**/b", "a/x/y/b"));
  EXPECT_TRUE(leaves_out("abc/**", "abc/x/y"));
  EXPECT_FALSE(leaves_out("abc/**", "abc", true));
  EXPECT_TRUE(leaves_out("a/**/b/**/c", "a/b/b/x/c"));
}

TEST(Ignore, the_last_pattern_that_matches_decides) {
  EXPECT_FALSE(leaves_out("*.log\n!keep.log", "keep.log"));
  EXPECT_TRUE(leaves_out("!keep.log\n*.log", "keep.log"));
}

TEST(Ignore, comments_blanks_and_escapes_are_as_in_git) {
  EXPECT_FALSE(leaves_out("# build\n\n   \n", "# build"));
  EXPECT_TRUE(leaves_out("\\#x", "#x"));
  EXPECT_TRUE(leaves_out("\\!x", "!x"));
  EXPECT_TRUE(leaves_out("x   ", "x"));
  EXPECT_TRUE(leaves_out("x\\ ", "x "));
  EXPECT_TRUE(leaves_out("x\r\n", "x"));
  EXPECT_TRUE(leaves_out("a\\*", "a*"));
  EXPECT_FALSE(leaves_out("a\\*", "ab"));
}

TEST(Ignore, classes_and_question_marks_match_one_character) {
  EXPECT_TRUE(leaves_out("a[0-9]", "a7"));
  EXPECT_FALSE(leaves_out("a[!0-9]", "a7"));
  EXPECT_TRUE(leaves_out("a[]x]", "a]"));
  EXPECT_TRUE(leaves_out("a?c", "abc"));
  EXPECT_FALSE(leaves_out("a?c", "a/c"));
  EXPECT_TRUE(leaves_out("a[", "a["));
}

TEST(Ignore, is_never_slow) {
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(matches_glob(stars, std::string(4096, 'a')));
  std::string folders = "x";
  std::string path = "x";
  for (int i = 0; i < 200; ++i) {
    folders += "/**/y";
    path += "/y";
  }
  EXPECT_FALSE(matches_glob(folders + "/z", path));
}

}  // namespace
}  // namespace weir::backend::workdir
