// The site staff's screen: camera, keyboard scanner and typing all end in take().
import { looksLikeCode, readCode, shown, spelled } from "./code.js";
import { Device, moment } from "./device.js";
import { unlockSound } from "./feedback.js";
import { finder } from "./finder.js";
import { Post } from "./post.js";
import { Scans } from "./scans.js";
import { Screen } from "./screen.js";
import { undoing } from "./undo.js";
import { wedge } from "./wedge.js";

const root = document.querySelector("[data-scanning]");
const { event, operator, counts, url, token } = JSON.parse(root.dataset.scanning);
const device = new Device();
const screen = new Screen(root, counts);
const post = new Post(screen, device, event);
const scans = new Scans({
  url,
  device,
  headers: { "X-CSRFToken": token },
  changed: (state) => screen.network(state, scans.waiting.length),
});
const undo = undoing(screen, (scan, note) => {
  follow(scans.take({ event, operator, code: scan.code, stage: "void", voids: scan.id, note }));
});

// Everything that is painted waits for what was scanned before it, so that no verdict hides a later one.
let painted = Promise.resolve();
const inOrder = (paint) => { painted = painted.then(paint).catch((error) => console.error(error)); };

function take(text) {
  const code = readCode(text);
  const fault = code ? post.fault() : looksLikeCode(text) ? "wrong-check" : "no-label";
  if (fault) return refuse(fault, code || spelled(text));
  follow(scans.take({ event, operator, code, ...post.facts() }));
  post.next();
}

// Says what was not sent at all, and why.
function refuse(fault, code = "") {
  inOrder(() => {
    if (code) screen.add({ code: code.slice(0, 12), at: moment() }, "unknown");
    screen.say("unknown", null, [screen.word(fault), screen.word(`${fault}-way-out`)]);
  });
}

function follow({ scan, answer, soon }) {
  const row = screen.add(scan);
  inOrder(async () => {
    screen.say("checking", scan.stage, [shown(scan.code)]);
    const first = await soon;
    paint(first, scan, row);
    if (first.verdict === "late") answer.then((result) => inOrder(() => paint(result, scan, row)));
  });
}

function paint(result, scan, row) {
  const isVoid = scan.stage === "void";
  const verdict = isVoid && result.verdict === "ok" ? "voided" : result.verdict;
  screen.say(verdict, scan.stage, linesOf(result, scan));
  screen.mark(row, verdict, scan.stage);
  if (verdict === "late") return;
  if (isVoid) return undo.answered(scan.voids, result.verdict);
  if (verdict === "ok") screen.count(scan.stage, 1);
  if (verdict === "ok" || verdict === "waiting") undo.offer(scan, row, verdict);
}

function linesOf({ verdict, message, goods, first }, { code }) {
  if (verdict === "late") return [shown(code), screen.word("late-way-out")];
  return [message || shown(code), goods, first && [moment(new Date(first.at)).slice(11, 16), first.by, first.device].filter(Boolean).join(" · ")];
}

wedge(screen.find("entry"), { take, isWhole: (text) => readCode(text) !== null });
finder(screen, device, { take, fail: refuse });
screen.find("keyboard").addEventListener("click", () => {
  screen.find("entry").inputMode = "text";
  screen.find("entry").focus();
});
for (const name of ["pointerdown", "keydown", "touchend"]) addEventListener(name, unlockSound, true);
for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => scans.hurry());
addEventListener("beforeunload", (leaving) => {
  if (!scans.waiting.length) return;
  leaving.preventDefault();
  leaving.returnValue = "";
});
screen.network("answered", 0);
scans.resume().forEach(follow);
screen.find("entry").focus();
