// What the scanning page shows: the verdict, the last scans, the counts and whether answers are missing. Its words and
// signs lie in the page as templates, in the reader's language.
import { shown } from "./code.js";
import { signal } from "./feedback.js";

const ROWS = 8;

export class Screen {
  constructor(root, counts) {
    this.root = root;
    this.counts = counts;
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

  count(stage, change = 0) {
    const counts = this.counts[stage];
    counts.mine += change;
    counts.all += change;
    for (const name of ["mine", "all", "expected"]) this.find(name).textContent = counts[name].toLocaleString("en");
    const left = Math.max(0, counts.expected - counts.all);
    this.find("left").textContent = this.word(`left-${stage}`).replace("{n}", left.toLocaleString("en"));
  }

  // Says whether every scan is answered: state is answered, lost or refused.
  network(state, waiting) {
    const strip = this.find("network");
    const name = state === "answered" && waiting ? "sending" : state;
    if (strip.dataset.state !== name) refill(strip, this.part(`network-${name}`));
    strip.dataset.state = name;
    const number = strip.querySelector("[data-number]");
    if (number) number.textContent = waiting;
  }
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
