// The site staff's screen: camera, keyboard scanner and typing all end in take(). A scan is kept on the device before
// anything is said of it. The server judges it if it answers soon, else the same rules on this device; what the server
// says later has the last word.
import { Queue } from "../queue.js";
import { Book } from "./book.js";
import { CheckIn } from "./checkin.js";
import { isRehearsed, looksLikeCode, readCode, shown, spelled } from "./code.js";
import { Device, moment, uuid } from "./device.js";
import { unlockSound } from "./feedback.js";
import { files } from "./files.js";
import { finder } from "./finder.js";
import { install } from "./install.js";
import { pictures } from "./pictures.js";
import { Post } from "./post.js";
import { WAY } from "./rules.js";
import { ROWS, Screen } from "./screen.js";
import { tally } from "./tally.js";
import { undoing } from "./undo.js";
import { wedge } from "./wedge.js";

const SOON = 3000;
const MONTH = 30 * 24 * 3600 * 1000;

const root = document.querySelector("[data-scanning]");
const setting = JSON.parse(root.dataset.scanning);
const { event, operator } = setting;
const about = `scans:${event}`;
const device = new Device();
const screen = new Screen(root, setting.counts);
const post = new Post(screen, device);
const queue = new Queue({
  main: `scans:${event}:${setting.user}`,
  changed: (news) => {
    screen.network(news);
    if (news.state !== "answered") stopWaiting();
  },
});
const checkIn = new CheckIn({
  queue,
  device,
  setting,
  came: (pack) => inOrder(() => read(pack)),
  changed: () => screen.ready(checkIn, queue.offset),
});
const undo = undoing(screen, ({ scan }, note) => {
  follow({ event, operator, code: scan.code, stage: "void", voids: scan.id, note });
});
const followed = new Set(); // the ids of what was scanned on this page
let book = null;
let stopWaiting = () => {};

// Everything that is painted waits for what was scanned before it, so that no verdict hides a later one.
let painted = Promise.resolve();
const inOrder = (paint) => { painted = painted.then(paint).catch((error) => console.error(error)); };

function take(text) {
  const code = readCode(text);
  const fault = code ? foreign(code) || post.fault() : looksLikeCode(text) ? "wrong-check" : "no-label";
  if (fault) return refuse(fault, code || spelled(text));
  follow({ event, operator, code, ...post.facts() });
  post.next();
}

// A label of a rehearsal where goods are real, or the other way round.
function foreign(code) {
  if (isRehearsed(code) === setting.is_rehearsal) return null;
  return setting.is_rehearsal ? "real-label" : "rehearsal-label";
}

// Says what was not sent at all, and why.
function refuse(fault, code = "") {
  inOrder(() => {
    if (code) screen.add({ code: code.slice(0, 12), at: moment() }, "unknown");
    screen.say("unknown", null, [screen.word(fault), screen.word(`${fault}-way-out`)]);
  });
}

function follow(facts) {
  const body = { at: moment(), ...(queue.offset !== undefined && { offset_ms: queue.offset }), ...facts };
  const row = screen.add(body);
  const id = uuid();
  followed.add(id);
  const kept = queue.add({ id, channel: checkIn.channel, about, body });
  kept.catch(() => {}); // told in its turn
  inOrder(async () => {
    screen.say("checking", body.stage, [shown(body.code)]);
    const record = await kept.catch((error) => error);
    if (!record.id) return lose(row, record);
    const scan = { ...body, id };
    const told = { scan, row };
    const answer = queue.answer(id);
    const result = await Promise.race([answer, patience()]);
    if (result) return tell(told, result);
    tell(told, here(scan));
    answer.then((last) => inOrder(() => correct(told, last)));
  });
}

// Nothing is green that is not on the disk.
function lose(row, error) {
  const fault = error.name === "QuotaExceededError" ? "no-room" : "not-kept";
  screen.mark(row, "refused");
  screen.say("refused", null, [screen.word(fault), screen.word(`${fault}-way-out`)]);
}

// Returns the verdict of this device.
function here(scan) {
  if (!book) return { verdict: "late", reason: null };
  const { batch, facts, ...found } = book.judge(scan);
  const message = found.reason ? screen.sentence(found.reason, facts) : batch.goods;
  return { ...found, message, goods: found.reason ? null : batch.place, isHere: true };
}

function tell(told, result) {
  screen.say(wordOf(told, result), told.scan.stage, linesOf(result, told.scan));
  settle(told, result);
}

// The server's word on what was told before: said aloud only if it is another one.
function correct(told, result) {
  if (wordOf(told, result) === told.word) settle(told, result);
  else tell(told, { ...result, message: [shown(told.scan.code), result.message].filter(Boolean).join(" · ") });
}

function settle(told, result) {
  const { scan, row } = told;
  told.word = wordOf(told, result);
  screen.mark(row, told.word, scan.stage);
  if (book && result.verdict !== "late") book.note(scan, result.verdict);
  recount();
  if (scan.stage === "void") return undo.answered(scan.voids, result.verdict);
  if (told.word === "ok" || told.word === "waiting") undo.offer(told);
}

function recount() {
  if (book) for (const stage of WAY) screen.count(stage, book.passed(stage, operator));
}

function wordOf({ scan }, { verdict, reason }) {
  return (scan.stage === "void" ? verdict === "ok" : reason === "taken_back") ? "voided" : verdict;
}

function linesOf({ verdict, message, goods, first, isHere }, { code }) {
  if (verdict === "late") return [shown(code), screen.word("late-way-out")];
  const earlier = first && [moment(new Date(first.at)).slice(11, 16), first.by, first.device].filter(Boolean).join(" · ");
  return [message || shown(code), goods, earlier, isHere && screen.word("here")];
}

// Opens the book anew from a pack and what was scanned here since.
async function read(pack) {
  const opened = new Book(pack, screen.word("this-device"));
  for (const { id, body, answer, answered } of await queue.of(about)) {
    const scan = { ...body, id };
    const { verdict } = answer || opened.judge(scan);
    opened.note(scan, verdict, answered < pack.fetched);
  }
  book = opened;
  post.offer(pack.runs);
  recount();
}

// Resolves to what was scanned on this device before this page was opened.
async function earlier() {
  return (await queue.of(about)).filter(({ id }) => !followed.has(id));
}

// Shows the last of these records, and waits for what is not answered yet.
function resume(records) {
  const before = new Map();
  for (const { id, body, answer } of records.filter((record, at) => record.waiting || at >= records.length - ROWS)) {
    const scan = { ...body, id };
    const told = { scan, row: screen.add(scan) };
    before.set(id, told);
    const result = answer || (book ? bookedOf(scan) : { verdict: "late" });
    told.word = wordOf(told, result);
    screen.mark(told.row, told.word, scan.stage);
    const undone = scan.stage === "void" && result.verdict === "ok" && before.get(scan.voids);
    if (undone) screen.mark(undone.row, undone.word = "voided");
    if (!answer) queue.answer(id).then((last) => inOrder(() => correct(told, last)));
  }
  const last = [...before.values()].filter(({ scan, word }) => scan.stage !== "void" && word !== "voided").pop();
  if (last && (last.word === "ok" || last.word === "waiting")) undo.offer(last);
}

// The book was read with this scan in it: what it noted then holds, not that the scan would repeat itself now.
function bookedOf(scan) {
  const { outcome, isTakenBack } = book.scans.get(scan.id);
  return isTakenBack ? { verdict: "refused", reason: "taken_back" } : { verdict: outcome };
}

// Resolves to null when the server's answer is not to be waited for any longer; verdicts come one after the other.
function patience() {
  const isAway = !navigator.onLine || queue.state !== "answered";
  return new Promise((resolve) => {
    stopWaiting = () => resolve(null);
    setTimeout(stopWaiting, isAway ? 0 : SOON);
  });
}

// Scans that a release before this one left without an answer.
async function adopt() {
  for (const { id, seq, ...body } of device.earlier()) {
    await queue.add({ id, channel: checkIn.channel, about: `scans:${body.event}`, body });
    device.forget({ id });
  }
}

wedge(screen.find("entry"), { take, isWhole: (text) => readCode(text) !== null });
finder(screen, device, { take, fail: refuse });
files(screen, { queue, about, channel: checkIn.channel, device, event, fail: refuse });
pictures(screen, { queue, event, channel: checkIn.pictures, post, fail: refuse });
install(screen.find("install"));
tally(screen, { queue, about, checkIn, setting, fail: refuse });
screen.find("keyboard").addEventListener("click", () => {
  screen.find("entry").inputMode = "text";
  screen.find("entry").focus();
});
for (const name of ["pointerdown", "keydown", "touchend"]) addEventListener(name, unlockSound, true);
for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => queue.hurry());
document.addEventListener("visibilitychange", () => document.hidden || queue.hurry());
addEventListener("beforeunload", (leaving) => {
  if (!screen.waiting) return;
  leaving.preventDefault();
  leaving.returnValue = "";
});
inOrder(async () => {
  const pack = await checkIn.begin();
  await adopt();
  const records = await earlier(); // first, so that the book knows each of them
  if (pack) await read(pack);
  resume(records);
  queue.hurry();
  await queue.forget(Date.now() - MONTH);
});
screen.find("entry").focus();
