// What the scanning page shows: the verdict, the last scans, the counts and whether answers are missing. Its words and
// signs lie in the page as templates, in the reader's language.
import { shown } from "./code.js";
import { signal } from "./feedback.js";

export const ROWS = 8;
const CLOCK = 2; // from so many minutes on it is said that the clock is wrong

export class Screen {
  constructor(root, counts) {
    this.root = root;
    this.counts = counts;
    this.waiting = 0;
    this.panel = this.find("verdict");
    this.rows = this.find("rows");
  }

  find(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  part(name) {
    return this.root.querySelector(`template[data-part="${name}"]`).content.cloneNode(true);
  }

  word(name) {
    return this.part(name).textContent.trim();
  }

  // Fills the big panel: the word of a verdict, and up to three lines below it.
  say(verdict, stage, lines) {
    const panel = document.createDocumentFragment();
    panel.appendChild(this.part(`${verdict}-big`));
    panel.querySelector("[data-word]").textContent = this.wordOf(verdict, stage);
    for (const line of lines.filter(Boolean)) panel.appendChild(paragraph(line));
    this.panel.dataset.verdict = verdict;
    refill(this.panel, panel);
    if (verdict !== "checking") signal(verdict);
  }

  wordOf(verdict, stage) {
    return this.word(verdict === "ok" ? `ok-${stage}` : verdict);
  }

  // Adds a scan on top of the list; returns its row.
  add({ code, at, stage }, verdict = "checking") {
    const row = this.part("row").firstElementChild;
    row.querySelector("[data-code]").textContent = shown(code);
    row.querySelector("[data-at]").textContent = at.slice(11, 19);
    this.mark(row, verdict, stage);
    this.rows.insertBefore(row, this.rows.firstChild);
    while (this.rows.children.length > ROWS) this.rows.lastElementChild.remove();
    return row;
  }

  mark(row, verdict, stage) {
    const cell = row.querySelector("[data-outcome]");
    refill(cell, this.part(`${verdict}-small`));
    cell.querySelector("[data-word]").textContent = this.wordOf(verdict, stage);
    row.dataset.outcome = verdict;
  }

  // Takes over how many batches have passed a stage by what is known here: {mine, all}.
  count(stage, passed) {
    Object.assign(this.counts[stage], passed);
    this.show(this.stage);
  }

  // Shows the figures of a stage.
  show(stage) {
    this.stage = stage;
    const counts = this.counts[stage];
    for (const name of ["mine", "all", "expected"]) this.find(name).textContent = counts[name].toLocaleString("en");
    const left = Math.max(0, counts.expected - counts.all);
    this.find("left").textContent = this.word(`left-${stage}`).replace("{n}", left.toLocaleString("en"));
  }

  // Says how many scans are not uploaded, since when, and why: state is answered, lost or refused.
  network({ state, waiting, oldest }) {
    const strip = this.find("network");
    const name = state === "answered" && waiting ? "sending" : state;
    this.waiting = waiting;
    if (strip.dataset.state !== name) refill(strip, this.part(`network-${name}`));
    strip.dataset.state = name;
    strip.querySelector("[data-number]").textContent = waiting;
    strip.querySelector("[data-oldest]").textContent = oldest ? this.word("oldest").replace("{at}", oldest.slice(11, 16)) : "";
  }

  // Says whether this device can be left alone, with what, and whether its clock is right; offset is in milliseconds.
  ready({ isReady, given, fetched, batches }, offset = 0) {
    const [name, at] = [given.number ? String(given.number) : "–", fetched ? clockOf(fetched) : "–"];
    this.find("device-number").textContent = name;
    this.find("fetched").textContent = at;
    this.find("batches").textContent = batches === undefined ? "–" : batches.toLocaleString("en");
    refill(this.find("ready"), this.part(isReady ? "ready" : "not-ready"));
    const minutes = Math.round(Math.abs(offset) / 60000);
    this.find("clock").hidden = minutes < CLOCK;
    this.find("clock").textContent = this.word(offset > 0 ? "clock-slow" : "clock-fast").replace("{n}", minutes);
  }

  // Returns what a verdict's reason says, with its facts.
  sentence(reason, facts) {
    const said = { ...facts, ...(facts.stage && { stage: this.word(`stage-${facts.stage}`) }) };
    return this.word(`reason-${reason}`).replace(/\{(\w+)\}/g, (_, name) => said[name]);
  }
}

function clockOf(milliseconds) {
  const date = new Date(milliseconds);
  return [date.getHours(), date.getMinutes()].map((number) => String(number).padStart(2, "0")).join(":");
}

export function refill(element, content) {
  element.textContent = "";
  element.appendChild(content);
}

function paragraph(text) {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}
