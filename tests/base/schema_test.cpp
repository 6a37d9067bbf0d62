#include "base/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/base/support/sample.h"

using namespace weir::base;

namespace {

struct Request {
  std::string run;
  std::optional<sample::Point> where;
  std::vector<sample::Colour> colours;
  std::variant<sample::Nothing, sample::JobSubmitted> fact;
  Duration grace_s = 30s;
  std::int32_t nodes = 1;
  static constexpr std::array<std::string_view, 1> required_fields{"run"};
};
WEIR_DESCRIBE(Request, run, where, colours, fact, grace_s, nodes)

struct Tree {
  std::vector<Tree> children;
};
WEIR_DESCRIBE(Tree, children)

}  // namespace

TEST(Schema, describes_a_struct_and_what_it_is_made_of) {
  Schemas schemas;
  EXPECT_EQ(json_schema<Request>(schemas), R"({"$ref":"#/components/schemas/Request"})");
  EXPECT_EQ(
      schemas.components().at("Request"),
      R"({"type":"object","properties":{"run":{"type":"string"},)"
      R"("where":{"$ref":"#/components/schemas/Point"},)"
      R"("colours":{"type":"array","items":{"$ref":"#/components/schemas/Colour"},"default":[]},)"
      R"("fact":{"oneOf":[{"$ref":"#/components/schemas/NothingCase"},)"
      R"({"$ref":"#/components/schemas/JobSubmittedCase"}],"discriminator":)"
      R"({"propertyName":"type","mapping":{"nothing":"#/components/schemas/NothingCase",)"
      R"("job_submitted":"#/components/schemas/JobSubmittedCase"}}},)"
      R"("grace_s":{"type":["number","string"],"description":"seconds; also read as a duration",)"
      R"("examples":[90,"1h30m"],"default":30},)"
      R"("nodes":{"type":"integer","format":"int32","minimum":-2147483648,"maximum":2147483647,)"
      R"("default":1}},"required":["run"],"additionalProperties":false})");
  EXPECT_EQ(schemas.components().at("Colour"),
            R"({"type":"string","enum":["red","site-lost","default"]})");
  EXPECT_EQ(schemas.components().at("NothingCase"),
            R"({"type":"object","properties":{"type":{"const":"nothing"}},"required":["type"],)"
            R"("additionalProperties":false})");
  EXPECT_EQ(schemas.components().at("JobSubmittedCase").substr(0, 70),
            R"({"type":"object","properties":{"type":{"const":"job_submitted"},"job":)");
}

TEST(Schema, of_every_shape_is_json) {
  Schemas schemas;
  (void)json_schema<sample::Everything>(schemas);
  for (const auto& [name, schema] : schemas.components()) {
    const auto document = parse_json(schema, name);
    ASSERT_TRUE(document) << document.error().text() << "\n" << schema;
  }
  EXPECT_EQ(schemas.components().size(), 7U);
}

TEST(Schema, of_a_struct_inside_itself_ends) {
  Schemas schemas;
  (void)json_schema<Tree>(schemas);
  EXPECT_EQ(schemas.components().at("Tree"),
            R"({"type":"object","properties":{"children":{"type":"array","items":)"
            R"({"$ref":"#/components/schemas/Tree"},"default":[]}},"additionalProperties":false})");
}
