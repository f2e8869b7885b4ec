// The device judges as the server does, and knows what it did itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Book } from "../../ledger/front/src/scan/book.js";
import { moment } from "../../ledger/front/src/scan/device.js";
import { judge, judgeVoid } from "../../ledger/front/src/scan/rules.js";

const { good, judged, taken_back: takenBack } = JSON.parse(readFileSync(new URL("../verdicts.json", import.meta.url)));
const CODE = "7KD4M2QX9R41";
const BATCH = {
  code: CODE, goods: "假烟", place: "", method: "焚烧", is_expected: true, hold: null, sample: null, is_hazardous: false,
  papers_are_good: true, passed: {},
};

for (const { name, stage, known, verdict, reason, facts } of judged) {
  test(name, () => assert.deepEqual(judge(stage, { ...good, ...known }), { verdict, reason, facts }));
}

for (const { name, undone, verdict, reason } of takenBack) {
  test(`taking back ${name}`, () => assert.deepEqual(judgeVoid(undone), { verdict, reason, facts: {} }));
}

// Makes a scan, judges and notes it as the page does; returns the verdict.
function told(book, scan) {
  const made = { code: CODE, at: "2027-03-15T09:14:03+08:00", operator: "郭小军", ...scan };
  const found = book.judge(made);
  book.note(made, found.verdict);
  return found;
}

const bookOf = (batch = {}, pack = {}) => (
  new Book({ is_open: true, runs: [{ number: 3, method: "焚烧" }], batches: [{ ...BATCH, ...batch }], ...pack }, "本机")
);

test("a device tells its own repeats and the pack's, with who was first", () => {
  const loaded = { load: { id: "x", at: "2027-03-15T08:00:00+08:00", by: "许文静", device: "3 号设备" } };
  const book = bookOf({ passed: loaded });

  assert.equal(told(book, { id: "a", stage: "load" }).first.by, "许文静");
  assert.equal(told(book, { id: "b", stage: "receive" }).verdict, "ok");
  assert.deepEqual(told(book, { id: "c", stage: "receive" }).first, {
    id: "b", at: "2027-03-15T09:14:03+08:00", by: "郭小军", device: "本机",
  });
  assert.deepEqual(book.passed("receive", "郭小军"), { mine: 1, all: 1 });
});

test("what waited for an earlier stage has passed when that comes", () => {
  const book = bookOf();

  assert.equal(told(book, { id: "a", stage: "receive" }).verdict, "waiting");
  assert.equal(told(book, { id: "b", stage: "load" }).verdict, "ok");
  assert.equal(told(book, { id: "c", stage: "receive" }).verdict, "repeat");
});

test("what was taken back can be scanned again, and the server has the last word on that", () => {
  const book = bookOf();
  told(book, { id: "a", stage: "load" });

  assert.equal(told(book, { id: "b", stage: "void", voids: "a" }).verdict, "ok");
  assert.equal(book.judge({ id: "c", code: CODE, stage: "load" }).verdict, "ok");
  book.note({ id: "b", code: CODE, stage: "void", voids: "a" }, "refused");
  assert.equal(book.judge({ id: "c", code: CODE, stage: "load" }).verdict, "repeat");
});

test("a label of another generation is void, another batch's unknown", () => {
  const book = bookOf();

  assert.equal(told(book, { id: "a", code: `${CODE.slice(0, 9)}9XX`, stage: "load" }).reason, "label_void");
  assert.equal(told(book, { id: "b", code: "000000000000", stage: "load" }).verdict, "unknown");
});

test("a pack that came after an answer is believed, not the answer", () => {
  const book = bookOf();

  book.note({ id: "a", code: CODE, stage: "load" }, "ok", true);

  assert.equal(book.judge({ id: "b", code: CODE, stage: "load" }).verdict, "ok");
});

test("times are those of the device, with its offset", () => {
  assert.equal(moment(new Date(Date.UTC(2027, 2, 15, 1, 14, 3, 120))), "2027-03-15T09:14:03.120+08:00");
});
