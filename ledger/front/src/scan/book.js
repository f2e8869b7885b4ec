// What this device knows of its event: the pack that the server gave it, and what was scanned here since.
import { WAY, judge, judgeVoid } from "./rules.js";

const STEM = 9; // the signs of a code that all labels of a batch share

export class Book {
  // device is what people call this device.
  constructor(pack, device) {
    this.pack = pack;
    this.device = device;
    this.batches = new Map(pack.batches.map((batch) => [batch.code.slice(0, STEM), { ...batch, passed: { ...batch.passed } }]));
    this.scans = new Map();
  }

  // Returns what the rules say to a scan: {verdict, reason, facts}, goods and place of its batch, the first if it repeats.
  judge(scan) {
    if (scan.stage === "void") return judgeVoid(this.undone(this.scans.get(scan.voids)));
    const batch = this.batchOf(scan);
    if (!batch) return { verdict: "unknown", reason: "no_such_batch", facts: {} };
    const run = this.pack.runs.find(({ number }) => number === scan.run);
    const found = judge(scan.stage, {
      device_is_blocked: false, // the server knows; here nobody can
      label_is_current: batch.code === scan.code,
      is_of_event: true,
      event_name: "",
      event_is_open: this.pack.is_open,
      is_expected: batch.is_expected,
      passed: WAY.filter((stage) => batch.passed[stage] && batch.passed[stage].id !== scan.id),
      hold: batch.hold,
      seal: scan.seal || null,
      sample: batch.sample,
      papers_are_good: batch.is_hazardous && run && scan.stage === "destroy" ? run.takes_hazardous : batch.papers_are_good,
      run_is_open: Boolean(run),
      approved_method: batch.method,
      run_method: run ? run.method : null,
    });
    return { ...found, batch, first: found.verdict === "repeat" ? batch.passed[scan.stage] : undefined };
  }

  // Takes note of a scan and of what it led to, by the rules or by the server, which has the last word.
  // isOld: the pack was given later and says all that came of it.
  note(scan, verdict, isOld = false) {
    const { outcome, isTakenBack = false } = this.scans.get(scan.id) || {};
    this.scans.set(scan.id, { scan, outcome: verdict, isTakenBack });
    if (scan.stage === "void") return this.takeBack(scan, verdict === "ok", outcome === "ok");
    const batch = this.batchOf(scan);
    if (isOld || isTakenBack || !batch) return;
    this.erase(scan);
    if (verdict !== "ok" || batch.passed[scan.stage]) return;
    batch.passed[scan.stage] = { id: scan.id, at: scan.at, by: scan.operator, device: this.device };
    const next = Array.from(this.scans.values()).find(({ scan: other, outcome, isTakenBack }) => (
      outcome === "waiting" && !isTakenBack && this.batchOf(other) === batch
      && WAY.indexOf(other.stage) === WAY.indexOf(scan.stage) + 1
    ));
    if (next) this.note(next.scan, this.judge(next.scan).verdict); // it waited for this one
  }

  // Returns how many batches have passed a stage: by this person, and by anybody.
  passed(stage, operator) {
    const all = Array.from(this.batches.values(), ({ passed }) => passed[stage]).filter(Boolean);
    return { mine: all.filter(({ by }) => by === operator).length, all: all.length };
  }

  takeBack({ voids }, isTakenBack, wasTakenBack) {
    const undone = this.scans.get(voids);
    if (!undone || isTakenBack === wasTakenBack) return;
    undone.isTakenBack = isTakenBack;
    if (isTakenBack) this.erase(undone.scan);
    else this.note(undone.scan, undone.outcome); // the server would not have it
  }

  erase(scan) {
    const { passed } = this.batchOf(scan) || { passed: {} };
    if (passed[scan.stage] && passed[scan.stage].id === scan.id) delete passed[scan.stage];
  }

  batchOf({ code }) {
    return this.batches.get(code.slice(0, STEM));
  }

  undone(known) {
    if (!known) return null;
    const { scan, outcome, isTakenBack } = known;
    const passed = Object.keys((this.batchOf(scan) || { passed: {} }).passed);
    const wentOn = WAY.slice(WAY.indexOf(scan.stage) + 1).some((stage) => passed.includes(stage));
    return { stage: scan.stage, outcome, is_taken_back: isTakenBack, went_on: wentOn };
  }
}
