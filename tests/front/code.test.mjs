// Reads label codes in the page as ledger/codes.py does: VECTORS names a file of [text, code or null] made by that.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { isRehearsed, looksLikeCode, readCode, shown } from "../../ledger/front/src/scan/code.js";

const vectors = JSON.parse(readFileSync(process.env.VECTORS, "utf8"));

test("a text is read as the server reads it", () => {
  assert.ok(vectors.some(([, code]) => code) && vectors.some(([, code]) => !code));
  for (const [text, code] of vectors) assert.equal(readCode(text), code, JSON.stringify(text));
});

test("a code is shown in fours", () => {
  assert.equal(shown("7KD4M2QX9R41"), "7KD4-M2QX-9R41");
});

test("a label of a rehearsal is told from a real one", () => {
  assert.deepEqual(["7KD4M2QX9F41", "7KD4M2QX9G41"].map(isRehearsed), [false, true]);
});

test("a wrong sign is told from what is no code at all", () => {
  const [, code] = vectors.find(([, found]) => found);
  const wrong = (code[0] === "7" ? "8" : "7") + code.slice(1);

  assert.equal(readCode(wrong), null);
  assert.ok(looksLikeCode(wrong));
  assert.ok(!looksLikeCode("6901234567892"));
});
