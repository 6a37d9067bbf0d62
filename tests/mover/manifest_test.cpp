// Manifests: what is made of a folder, what is refused, and that an identity stands for all of it.
#include "mover/manifest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/json.h"
#include "tests/mover/support/lab.h"

namespace weir::mover::test {
namespace {

Manifest small() {
  Manifest manifest;
  manifest.chunk_bytes = 4;
  manifest.files = {{"a", 0, {}},
                    {"b/c", 6, {base::sha256("abcd"), base::sha256("ef")}},
                    {"b/d", 4, {base::sha256("wxyz")}}};
  return manifest;
}

std::string refusal(const Manifest& manifest, const ManifestLimits& limits = {}) {
  const base::Status status = check_manifest(manifest, limits);
  return status ? "" : status.error().text();
}

std::string refusal_of_path(const std::string& path) {
  Manifest manifest;
  manifest.files = {{path, 0, {}}};
  return refusal(manifest);
}

RC_GTEST_PROP(Manifest, is_what_stands_in_the_folder, (std::uint64_t seed)) {
  base::Random random{seed};
  const Folder folder;
  const Tree tree = any_tree(random, 6, 5000);
  write_tree(folder.path(), tree);
  const std::int64_t chunk_bytes = random.between(1, 2000);
  const auto manifest = make_manifest(folder.path(), chunk_bytes);
  RC_ASSERT(manifest.has_value());
  RC_ASSERT(manifest->files.size() == tree.size());
  auto file = manifest->files.begin();
  for (const auto& [path, bytes] : tree) {
    RC_ASSERT(file->path == path);
    RC_ASSERT(file->size_bytes == static_cast<std::int64_t>(bytes.size()));
    std::vector<base::Digest> chunks;
    for (std::size_t at = 0; at < bytes.size(); at += static_cast<std::size_t>(chunk_bytes)) {
      chunks.push_back(base::sha256(bytes.substr(at, static_cast<std::size_t>(chunk_bytes))));
    }
    RC_ASSERT(file->chunks == chunks);
    ++file;
  }
  const auto again = read_manifest(base::to_json(*manifest));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *manifest);
}

// Any change that leaves a manifest as one makes another identity.
RC_GTEST_PROP(Manifest, has_an_identity_of_its_own, (std::uint64_t seed)) {
  base::Random random{seed};
  Manifest one = small();
  Manifest other = one;
  ManifestFile& file = other.files[1 + static_cast<std::size_t>(random.below(2))];
  switch (random.below(4)) {
    case 0:
      file.chunks[static_cast<std::size_t>(random.below(file.chunks.size()))]
                 [static_cast<std::size_t>(random.below(32))] ^= 1;
      break;
    case 1:
      file.path += "x";
      break;
    case 2:
      other.files.erase(other.files.begin() + static_cast<std::ptrdiff_t>(random.below(3)));
      break;
    default:
      file.size_bytes -= 1;
      break;
  }
  RC_ASSERT(check_manifest(other).has_value());
  RC_ASSERT(identity_of(other) != identity_of(one));
}

// Written down by hand from the canonical form: a version's name never changes.
TEST(Manifest, has_an_identity_for_ever) {
  Manifest manifest;
  manifest.chunk_bytes = 4;
  manifest.files = {{"a b", 3, {base::sha256("abc")}}};
  EXPECT_EQ(identity_of(manifest),
            base::sha256("weir manifest 1\nchunk_bytes 4\nfile 3 3:a b\n"
                         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"));
}

TEST(Manifest, refuses_names_that_lead_elsewhere) {
  EXPECT_EQ(refusal_of_path("../a"),
            "files[0].path: \"../a\" has the part \"..\"; give it below the version's folder, "
            "without \".\" and \"..\"");
  for (const char* path : {"/etc/passwd", "a/../b", "a/..", "./a", "a/.", "a//b", "a/", "", "..",
                           "a\nb", "a\x7f", "\xff"}) {
    EXPECT_NE(refusal_of_path(path), "") << path;
  }
  EXPECT_NE(refusal_of_path(std::string("a\0b", 3)), "");
  EXPECT_NE(refusal_of_path(std::string(256, 'a')), "");
  EXPECT_NE(refusal_of_path(std::string(4000, 'a')), "");
  for (const char* path : {"...", "a..b", "..a", "-rf", "a b", "数据/一.bin"}) {
    EXPECT_EQ(refusal_of_path(path), "") << path;
  }
}

TEST(Manifest, refuses_one_name_twice_and_files_that_are_folders) {
  Manifest manifest = small();
  manifest.files[2] = manifest.files[1];
  EXPECT_EQ(refusal(manifest), "files[2].path: \"b/c\" stands there twice");
  manifest = small();
  std::swap(manifest.files[1], manifest.files[2]);
  EXPECT_NE(refusal(manifest).find("files[2].path: \"b/c\" stands after \"b/d\""),
            std::string::npos);
  manifest = small();
  manifest.files[0].path = "b";
  EXPECT_EQ(refusal(manifest), "files[1].path: \"b/c\" stands below \"b\", which is a file");
  manifest.files = {{"a", 0, {}}, {"a-b", 0, {}}, {"a/b", 0, {}}};
  EXPECT_NE(refusal(manifest), "") << "another name may stand between";
}

TEST(Manifest, refuses_sizes_that_do_not_fit_the_chunks) {
  Manifest manifest = small();
  manifest.files[1].size_bytes = 8;
  EXPECT_EQ(refusal(manifest), "");
  manifest.files[1].size_bytes = 9;
  EXPECT_EQ(refusal(manifest), "files[1].chunks: are 2, but 9 bytes make 3 of 4 each");
  manifest.files[1].size_bytes = 4;
  EXPECT_NE(refusal(manifest), "");
  manifest.files[1].size_bytes = -1;
  EXPECT_NE(refusal(manifest), "");
  manifest = small();
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-4}, std::int64_t{1} << 50}) {
    manifest.chunk_bytes = size;
    EXPECT_NE(refusal(manifest), "") << size;
  }
}

TEST(Manifest, refuses_more_than_its_limits) {
  EXPECT_EQ(refusal(small(), {.files_max = 3, .chunks_max = 3}), "");
  EXPECT_NE(refusal(small(), {.files_max = 2, .chunks_max = 3}), "");
  EXPECT_EQ(refusal(small(), {.files_max = 3, .chunks_max = 2}),
            "files[2].chunks: make more than 2 chunks together; make them with larger chunks");
}

TEST(Manifest, says_where_text_is_amiss) {
  const auto broken = read_manifest(R"({"chunk_bytes": 4, "files": [{"path": "a"}]})");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().field, "files[0].size_bytes");
  const auto short_digest = read_manifest(
      R"({"chunk_bytes": 4, "files": [{"path": "a", "size_bytes": 1, "chunks": ["ab"]}]})");
  ASSERT_FALSE(short_digest);
  EXPECT_EQ(short_digest.error().field, "files[0].chunks[0]");
}

TEST(Manifest, is_not_made_of_links_or_pipes) {
  const Folder folder;
  write_file(folder / "a", "abc");
  std::filesystem::create_symlink("/etc/passwd", folder / "link");
  const auto linked = make_manifest(folder.path(), 4);
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, base::ErrorCode::refused);
  std::filesystem::remove(folder / "link");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(make_manifest(folder.path(), 4)) << "and does not wait for a writer";
  std::filesystem::remove(folder / "pipe");
  EXPECT_TRUE(make_manifest(folder.path(), 4));
  EXPECT_EQ(make_manifest(folder / "none", 4).error().code, base::ErrorCode::not_found);
}

}  // namespace
}  // namespace weir::mover::test
