// <form data-count>: what was counted of a line is kept on this device as soon as Enter is pressed or its field is left,
// and uploaded when there is a network (figures.js). On a phone one line is shown at a time until each has a figure.
// A label or the name of a location that is scanned or typed leads to its line; what is on no line is asked of the server.
import { Figures } from "./figures.js";
import { readCode } from "./scan/code.js";
import { Device } from "./scan/device.js";
import { finder } from "./scan/finder.js";
import { wedge } from "./scan/wedge.js";

const KINDS = { kept: "", moved: "lost", late: "err", wrong: "err" };

export function countForms() {
  const strip = document.querySelector("[data-counting]");
  if (!strip) return;
  const form = document.querySelector("form[data-count]");
  if (form) new Count(form, strip).begin();
  else upload(strip);
}

// Where there is nothing to count any more: what still waits here is sent, and the page shown anew with what came of it.
async function upload(strip) {
  let waited = false;
  const figures = new Figures(strip, (waiting) => {
    if (waited && !waiting) location.reload();
    waited = waiting > 0;
  });
  await figures.begin();
}

class Count {
  constructor(form, strip) {
    this.form = form;
    this.lines = Array.from(form.querySelectorAll("[data-line]"), (element) => new Line(element, form.dataset));
    this.here = []; // the lines of the location that was scanned last
    this.figures = new Figures(strip, (waiting) => {
      this.waiting = waiting;
      this.finish();
    });
  }

  async begin() {
    this.lines.forEach((line) => this.listen(line));
    this.take = aim(document.querySelector("[data-aim]"), (text) => this.find(text), () => this.figures.isAway);
    this.form.addEventListener("submit", (event) => this.ask(event));
    this.start();
    const last = new Map();
    try {
      for (const record of await this.figures.begin()) last.set(record.body.row, record);
    } catch (error) {
      return; // this browser keeps nothing: the figures go along with the form
    }
    const since = this.figures.setting.rendered;
    for (const line of this.lines) if (last.has(line.row)) this.resume(line, last.get(line.row), since);
    this.start();
    this.figures.keepPage().catch(() => {});
  }

  start() {
    this.form.classList.toggle("one-by-one", this.lines.some((line) => line.isOpen));
    const aimed = this.lines.find(({ inputs }) => inputs.some((input) => input.autofocus));
    this.show(aimed || this.lines.find((line) => line.isOpen) || this.lines[0]);
  }

  // What was counted here is newer than the page, or it is wrong or waits.
  resume(line, record, since) {
    const { answer, body } = record;
    if (answer && answer.taken !== "wrong" && answer.received_at < since) return;
    line.fill(body);
    line.follow(record);
    this.figures.answer(record).then((result) => line.settle(record, result));
    if (!answer) line.say("waits", "lost");
  }

  async keep(line) {
    if (!line.isChanged) return;
    line.kept = line.figures;
    line.say("saving");
    try {
      const record = await this.figures.add(line.row, line.typed);
      line.follow(record);
      if (this.figures.isAway) line.say("waits", "lost");
      this.figures.answer(record).then((result) => this.settle(line, record, result));
    } catch (error) {
      line.kept = undefined;
      line.say("unkept", "err");
    }
    if (!this.lines.some(({ isOpen }) => isOpen)) this.form.classList.remove("one-by-one");
  }

  settle(line, record, result) {
    line.settle(record, result);
    if (line.isWrong && this.shown.isEmpty) this.show(line);
  }

  show(line) {
    this.shown = line;
    for (const each of this.lines) each.element.classList.toggle("on", each === line);
  }

  step(line, by) {
    const next = this.lines[this.lines.indexOf(line) + by] || this.lines.find(({ isOpen }) => isOpen);
    this.show(next || line);
    if (next) next.input.focus();
    else this.form.querySelector(".finish [type=submit]").focus();
  }

  listen(line) {
    for (const input of line.inputs) {
      input.addEventListener("change", () => this.keep(line));
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault(); // the form's own answer to Enter is to finish the count
        const at = line.inputs.indexOf(input);
        const scanned = readCode(input.value);
        if (scanned && !("label" in input.dataset)) { // a scanner typed it here, as another field had the focus
          input.value = (line.kept || "").split("|")[at] || "";
          return this.take(scanned);
        }
        if (at < line.inputs.indexOf(line.input) && line.isEmpty) return line.inputs[at + 1].focus();
        this.keep(line);
        this.step(line, 1);
      });
    }
    for (const button of line.element.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.step(line, Number(button.dataset.step)));
    }
  }

  // Leads to the line of a label, at the location that was scanned before it if it lies there, or to the next one of a location.
  find(text) {
    const code = readCode(text);
    const shelf = this.lines.filter(({ element: { dataset } }) => dataset.shelf === code || dataset.place === text.trim());
    if (shelf.length) this.here = shelf;
    const there = shelf.length ? shelf : this.lines.filter(({ element }) => code && element.dataset.code === code);
    const near = there.filter((line) => this.here.includes(line));
    const line = [...near, ...there].find(({ isOpen }) => isOpen) || near[0] || there[0];
    if (!line) return false;
    this.show(line);
    setTimeout(() => { // after the field has taken the focus back
      line.input.focus();
      line.input.select();
    });
    return true;
  }

  // Finishing waits until all is uploaded; what this browser could not keep goes along with the form.
  async ask(event) {
    event.preventDefault();
    this.target = event.submitter ? event.submitter.formAction : this.form.action;
    await Promise.all(this.lines.map((line) => this.keep(line)));
    await this.figures.look().catch(() => this.finish()); // it tells of what waits, and so finishes
  }

  finish() {
    if (!this.target) return;
    const wrong = this.lines.find(({ isWrong }) => isWrong);
    const said = this.form.querySelector("[data-finishing]");
    said.textContent = wrong || this.waiting ? this.form.dataset[wrong ? "odd" : "unfinished"] : "";
    if (wrong) {
      this.target = null;
      this.show(wrong);
      wrong.input.focus();
    } else if (!this.waiting) {
      for (const line of this.lines) if (line.kept === line.figures) line.inputs.forEach((input) => { input.disabled = true; });
      this.form.action = this.target;
      this.form.submit();
    }
  }
}

class Line {
  constructor(element, words) {
    this.element = element;
    this.words = words;
    this.row = element.dataset.line;
    this.inputs = Array.from(element.querySelectorAll("input, select"));
    this.input = element.querySelector("[data-decides]") || this.inputs[0];
    this.said = element.querySelector("[role=status]");
    this.isWrong = this.input.classList.contains("is-bad");
    this.kept = this.isWrong ? undefined : this.figures;
  }

  get figures() {
    return this.inputs.map((input) => input.value).join("|");
  }

  // What is sent of it, by the names of the fields: line-12 and extra-3 say how much was found.
  get typed() {
    const name = (input) => input.name.split("-")[0].replace(/^(line|extra)$/, "found");
    return this.inputs.reduce((typed, input) => ({ ...typed, [name(input)]: input.value.trim().slice(0, 100) }), {});
  }

  // Whether nothing is to be kept yet: the figure that decides is not there, and it is not said that a batch is gone.
  get isEmpty() {
    const condition = this.element.querySelector("[data-condition]");
    return this.input.value.trim() === "" && !(condition && condition.value === "gone");
  }

  get isChanged() {
    return !this.isEmpty && this.figures !== this.kept;
  }

  get isOpen() {
    return this.isEmpty || this.isWrong || this.figures !== this.kept;
  }

  fill(body) {
    for (const [name, value] of Object.entries({ line: body.found, extra: body.found, ...body })) {
      const input = this.inputs.find((each) => each.name.split("-")[0] === name);
      if (input) input.value = value;
      if (input && value && input.closest("details")) input.closest("details").open = true;
    }
    this.kept = this.figures;
  }

  follow({ id }) {
    this.last = id;
    this.isWrong = false;
    this.input.classList.remove("is-bad");
  }

  settle({ id }, { taken, message }) {
    if (id !== this.last) return; // something else was entered since
    this.isWrong = taken === "wrong";
    this.input.classList.toggle("is-bad", this.isWrong);
    this.tell(message, KINDS[taken]);
  }

  say(word, kind = "") {
    this.tell(this.words[word], kind);
  }

  tell(text, kind) {
    this.said.className = `said ${kind}`;
    if (this.said.textContent !== text) this.said.textContent = text;
  }
}

// The field, the keyboard scanner and the camera; go(text) says whether it found the line of a label or a location.
function aim(box, go, isAway) {
  const find = (name) => box.querySelector(`[data-${name}]`);
  const word = (name) => box.querySelector(`template[data-part="${name}"]`).content.textContent;
  const field = find("entry");
  const fail = (fault) => { find("fault").textContent = `${word(fault)} ${word(`${fault}-way-out`)}`; };
  const take = (text) => {
    find("fault").textContent = "";
    if (go(text)) return;
    if (isAway()) fail("not-listed");
    else location.assign(`${field.form.action}?code=${encodeURIComponent(text)}`);
  };
  wedge(field, { take, isWhole: (text) => readCode(text) !== null });
  find("camera").addEventListener("toggle", () => finder({ find }, new Device(), { take, fail }), { once: true });
  return take;
}
