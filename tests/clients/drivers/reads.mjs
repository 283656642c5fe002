// Calls of the public Node SDK. Not part of our package.
import { Signals } from "@snowplow/signals-node";
import { text } from "node:stream/consumers";

const question = JSON.parse(await text(process.stdin));
const signals = new Signals(question.options);
const key = { attribute_key: "domain_userid" };
const said = {
  service: await signals.getServiceAttributes({ name: "later_service", ...key, identifier: "u1" }),
  group: await signals.getGroupAttributes({
    name: "later", version: 2, attributes: ["clicks", "labels"], ...key, identifier: "u1",
  }),
  many: await signals.getBatchServiceAttributes({
    name: "later_service", ...key, identifiers: ["u2", "u1", "nobody"],
  }),
};
try {
  await signals.getServiceAttributes({ name: "no_such", ...key, identifier: "u1" });
} catch (error) {
  said.missing = String(error.message);
}
console.log(JSON.stringify(said));
