// Scans before a real server that keeps each once, loses answers, stalls or sends to the sign-in page.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, beforeEach, test } from "node:test";

import { Device, Memory, moment } from "../../ledger/front/src/scan/device.js";
import { Scans } from "../../ledger/front/src/scan/scans.js";

const PATIENCE = 150;
let server, url, kept, posts, behave;

beforeEach(async () => {
  kept = new Map();
  posts = [];
  behave = () => "answer";
  server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const body = JSON.parse(text);
    posts.push({ body, token: request.headers["x-csrftoken"] });
    for (const scan of body.scans) kept.set(scan.id, scan);
    const what = behave(posts.length);
    if (what === "stall") return;
    if (what === "cut") return response.destroy();
    if (what === "sign in") return response.writeHead(303, { Location: "/login" }).end();
    response.writeHead(what === "fail" ? 502 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ results: body.scans.map(({ id, code }) => ({ id, verdict: "ok", message: code })) }));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${server.address().port}/`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function scansOf(device, more = {}) {
  const states = [];
  const options = { url, device, headers: { "X-CSRFToken": "token" }, patience: PATIENCE, pauses: [20] };
  const scans = new Scans({ ...options, changed: (state) => states.push(`${state} ${scans ? scans.waiting.length : 0}`), ...more });
  return { scans, states };
}

for (const loss of ["stall", "cut", "fail"]) {
  test(`a scan whose answer was lost (${loss}) is sent again as the same scan`, async () => {
    behave = (number) => (number <= 2 ? loss : "answer");
    const device = new Device(new Memory());
    const { scans, states } = scansOf(device);

    const { scan, answer } = scans.take({ event: 7, code: "7KD4M2QX9R41", stage: "receive" });

    assert.equal((await answer).verdict, "ok");
    await new Promise(setImmediate);
    assert.equal(posts.length, 3);
    assert.deepEqual([...kept.keys()], [scan.id]);
    assert.ok(states.includes("lost 1"));
    assert.equal(states[states.length - 1], "answered 0");
    assert.deepEqual(device.kept(), []);
  });
}

test("after a while it is said that there is no answer yet, and the answer still comes", async () => {
  behave = (number) => (number <= 2 ? "stall" : "answer");
  const { scans } = scansOf(new Device(new Memory()));

  const { soon, answer } = scans.take({ code: "A" });

  assert.equal((await soon).verdict, "late");
  assert.equal((await answer).verdict, "ok");
});

test("what comes while one is on its way goes together, in order, each with its own answer", async () => {
  behave = (number) => (number === 1 ? "fail" : "answer");
  const { scans } = scansOf(new Device(new Memory()));

  const taken = ["A", "B", "C"].map((code) => scans.take({ code }));
  const answers = await Promise.all(taken.map(({ answer }) => answer));

  assert.deepEqual(answers.map(({ message }) => message), ["A", "B", "C"]);
  assert.deepEqual(posts.map(({ body }) => body.scans.map(({ code }) => code).join("")), ["A", "ABC"]);
  assert.deepEqual(posts[1].body.scans.map(({ seq }) => seq), [1, 2, 3]);
  assert.ok(posts.every(({ body, token }) => body.device && body.now && token === "token"));
});

test("a scan without an answer outlives the page", async () => {
  behave = () => "fail";
  const storage = new Memory();
  const before = scansOf(new Device(storage), { pauses: [60_000] });
  const { scan } = before.scans.take({ code: "A" });
  while (!posts.length) await new Promise((next) => setTimeout(next, 5));

  behave = () => "answer";
  const device = new Device(storage);
  const { scans } = scansOf(device);
  const [resumed] = scans.resume();

  assert.equal((await resumed.answer).id, scan.id);
  assert.equal(device.id, posts[0].body.device);
  assert.equal(kept.size, 1);
  const next = scans.take({ code: "B" });
  await next.answer;
  assert.equal(next.scan.seq, 2);
  before.scans.waiting.length = 0; // the page that was left is gone
  before.scans.hurry();
});

test("the sign-in page is no answer", async () => {
  behave = (number) => (number === 1 ? "sign in" : "answer");
  const { scans, states } = scansOf(new Device(new Memory()));

  await scans.take({ code: "A" }).answer;

  assert.ok(states.includes("refused 1"));
});

test("news of the network end the pause", async () => {
  behave = (number) => (number === 1 ? "fail" : "answer");
  const { scans } = scansOf(new Device(new Memory()), { pauses: [60_000] });
  const { answer } = scans.take({ code: "A" });
  while (scans.state !== "lost") await new Promise((next) => setTimeout(next, 5));

  scans.hurry();

  assert.equal((await answer).verdict, "ok");
});

test("times are those of the device, with its offset", () => {
  assert.equal(moment(new Date(Date.UTC(2027, 2, 15, 1, 14, 3, 120))), "2027-03-15T09:14:03.120+08:00");
});
