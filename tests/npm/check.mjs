// check.mjs DOCUMENT ANSWERS JOB_FILE...: holds an OpenAPI document against validators that are not
// ours, and against what a server really answered.
//
// ANSWERS has a line for each answer: {"method", "path" (as in the document), "status", "type",
// "body" (text)}. Job files (YAML) must fit the body of submitJobs.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { parse } from "yaml";

const [documentFile, answersFile, ...jobFiles] = process.argv.slice(2);
const text = readFileSync(documentFile, "utf8");
const document = JSON.parse(text);
let passed = 0;
let failed = 0;
function verdict(good, name, why) {
  console.log(`${good ? "ok     " : "FAILED "} ${name}`);
  if (good) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`        ${why}`);
  }
}

// ---- the document itself

const validator = new Validator();
const result = await validator.validate(JSON.parse(text));
verdict(result.valid, "the document is valid", JSON.stringify(result.errors, null, 1));
verdict(validator.version === "3.1", "as OpenAPI 3.1", `it is ${validator.version}`);

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([, operation]) => operation.operationId)
    .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const names = operations.map(({ operation }) => operation.operationId);
verdict(new Set(names).size === names.length, "no operation's id stands twice", names.join(" "));
for (const { path, method, operation } of operations) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const described = operation.parameters.filter((one) => one.in === "path" && one.required);
  if (!inPath.every((name) => described.some((one) => one.name === name))) {
    verdict(false, `${method} ${path} describes what is in its path`, inPath.join(" "));
  }
}

// ---- its schemas, as JSON Schema 2020-12 in the strict sense

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
formats.default(ajv);
for (const format of ["int32", "int64", "uint32", "uint64"]) ajv.addFormat(format, true);
// The words that OpenAPI itself adds beside schemas; a discriminator is a hint for people.
ajv.addVocabulary(["components", "discriminator", "info", "openapi", "paths", "security", "servers", "tags"]);
ajv.addSchema(document, "openapi");
function schemaAt(...words) {
  const pointer = words.map((word) =>
    encodeURIComponent(String(word).replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  return ajv.getSchema(`openapi#/${pointer.join("/")}`);
}
let compiled = 0;
for (const name of Object.keys(document.components.schemas)) {
  try {
    schemaAt("components", "schemas", name);
    compiled += 1;
  } catch (error) {
    verdict(false, `the schema ${name} can be used`, error.message);
  }
}
verdict(compiled > 20, `${compiled} schemas can be used`, "there are too few");

// ---- what the server answers

const answers = readFileSync(answersFile, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const seen = new Set();
for (const answer of answers) {
  const method = answer.method.toLowerCase();
  const name = `${answer.method} ${answer.path} ${answer.status}`;
  const operation = document.paths[answer.path]?.[method];
  if (!operation) {
    verdict(false, name, "the document does not have it");
    continue;
  }
  seen.add(operation.operationId);
  const base = ["paths", answer.path, method, "responses"];
  const status = operation.responses[answer.status] ? answer.status : "default";
  let response = operation.responses[status];
  let where = [...base, status];
  if (response?.$ref) {
    where = response.$ref.slice(2).split("/");
    response = document.components.responses[where.at(-1)];
  }
  if (!response) {
    verdict(false, name, "the document has no such status");
    continue;
  }
  const type = answer.type.split(";")[0];
  const content = Object.keys(response.content ?? {});
  if (method === "head") {
    verdict(answer.body === "", `${name} has no body`, "an answer to HEAD never has one");
    continue;
  }
  if (answer.body === "") {
    verdict(content.length === 0, `${name} has no body`, `it should be ${content.join(" or ")}`);
    continue;
  }
  if (!content.includes(type)) {
    verdict(false, `${name} is of a type that is told`, `${type} is none of ${content.join(", ")}`);
    continue;
  }
  if (!type.endsWith("json")) {
    verdict(true, `${name} is ${type}`);
    continue;
  }
  const fits = schemaAt(...where, "content", type, "schema");
  verdict(fits(JSON.parse(answer.body)), `${name} fits its schema`,
    `${ajv.errorsText(fits.errors)}\n        ${answer.body.slice(0, 600)}`);
}
verdict(seen.size >= 20, `${seen.size} operations were asked`, [...seen].join(" "));

// ---- what may be sent

const submission = schemaAt("paths", "/v1/jobs", "post", "requestBody", "content",
  "application/json", "schema");
for (const file of jobFiles) {
  const job = parse(readFileSync(file, "utf8"));
  verdict(submission(job), `${file.split("/").at(-1)} fits the schema of a submission`,
    ajv.errorsText(submission.errors));
}
verdict(!submission({ run: "true", resources: { cpu: 1 } }), "a field that is not known does not fit");
verdict(!submission({ name: "nothing to run" }), "a job without a program does not fit");

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
