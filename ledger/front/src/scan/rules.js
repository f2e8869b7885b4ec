// What a scan of a batch leads to, as ledger/scanning/rules.py has it; tests/verdicts.json holds the two together.
export const WAY = ["load", "receive", "destroy"];

// Returns {verdict, reason, facts} on a batch at a stage, the first ruling that applies deciding.
export function judge(stage, known) {
  const ruling = rulings(stage, known).find(([applies]) => applies);
  const [, verdict, reason, facts = {}] = ruling || [true, "ok", null];
  return { verdict, reason, facts };
}

// Returns the same on taking a scan back, null standing for one that is not there.
export function judgeVoid(undone) {
  const refused = (reason) => ({ verdict: "refused", reason, facts: {} });
  const isThere = undone && undone.stage !== "void" && !undone.is_taken_back;
  if (!isThere || !["ok", "waiting"].includes(undone.outcome)) return refused("nothing_to_take_back");
  if (undone.outcome === "ok" && undone.stage === "destroy") return refused("needs_supervisor");
  if (undone.outcome === "ok" && undone.went_on) return refused("later_stage_done");
  return { verdict: "ok", reason: "taken_back", facts: {} };
}

function rulings(stage, known) {
  const isBurning = stage === "destroy";
  const missing = WAY.slice(0, WAY.indexOf(stage)).find((before) => !known.passed.includes(before));
  return [
    [known.device_is_blocked, "refused", "device_blocked"],
    [!known.label_is_current, "refused", "label_void"],
    [!known.is_of_event, "refused", "other_event", { event: known.event_name }],
    [known.passed.includes(stage), "repeat", "already_passed"],
    [!known.event_is_open, "refused", "event_not_open"],
    [!known.is_expected, "refused", "not_in_plan"],
    [isBurning && known.sample === "failed", "refused", "sample_failed"],
    [known.hold !== null, "refused", "held", { kind: known.hold }],
    [known.seal === "broken", "refused", "seal_broken"],
    [!known.papers_are_good, "refused", "hazardous_papers"],
    [isBurning && !known.run_is_open, "refused", "no_run"],
    [isBurning && known.run_method !== known.approved_method, "refused", "other_method",
      { approved: known.approved_method, run: known.run_method }],
    [missing !== undefined, "waiting", "earlier_stage_missing", { stage: missing }],
    [isBurning && known.sample === "due", "refused", "sample_due"],
  ];
}
