// Fails when src/api/schema.ts is not what openapi.json generates: run `npm run generate` and commit the result.
import { existsSync, readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const document = new URL("./openapi.json", import.meta.url);
const kept = new URL("./src/api/schema.ts", import.meta.url);

if (!existsSync(document)) {
  console.error("openapi.json is missing: write it with `python manage.py spectacular --format openapi-json`.");
  process.exit(1);
}
const generated = COMMENT_HEADER + astToString(await openapiTS(JSON.parse(readFileSync(document, "utf8"))));
if (!existsSync(kept) || readFileSync(kept, "utf8") !== generated) {
  console.error("src/api/schema.ts is not current with openapi.json: run `npm run generate` and commit the result.");
  process.exit(1);
}
