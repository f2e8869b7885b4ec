// <form data-count>: what was counted of a line is kept as soon as Enter is pressed or its field is left. A figure that
// could not be sent stays in its field and is sent again. On a phone one line is shown at a time until each has a figure.
// A label or the name of a location that is scanned or typed leads to its line; what is on no line is asked of the server.
import { readCode } from "./scan/code.js";
import { Device } from "./scan/device.js";
import { finder } from "./scan/finder.js";
import { wedge } from "./scan/wedge.js";

const AGAIN = 5000;

export function countForms() {
  for (const form of document.querySelectorAll("form[data-count]")) count(form);
}

function count(form) {
  const lines = Array.from(form.querySelectorAll("[data-line]"), (element) => lineOf(element));
  const isOpen = (line) => isEmpty(line) || figuresOf(line) !== line.kept;
  const show = (line) => {
    for (const each of lines) each.element.classList.toggle("on", each === line);
  };
  const step = (line, by) => {
    const next = lines[lines.indexOf(line) + by] || lines.find(isOpen);
    show(next || line);
    if (next) next.input.focus();
    else form.querySelector(".finish [type=submit]").focus();
  };
  const keep = async (line) => {
    if (await send(form, line)) show(line);
    if (!lines.some(isOpen)) form.classList.remove("one-by-one");
  };
  for (const line of lines) {
    for (const input of line.inputs) {
      input.addEventListener("change", () => keep(line));
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault(); // the form's own answer to Enter is to finish the count
        const at = line.inputs.indexOf(input);
        const scanned = readCode(input.value);
        if (scanned && !("label" in input.dataset)) { // a scanner typed it here, as another field had the focus
          input.value = line.kept.split("|")[at] || "";
          return take(scanned);
        }
        if (at < line.inputs.indexOf(line.input) && isEmpty(line)) return line.inputs[at + 1].focus();
        keep(line);
        step(line, 1);
      });
    }
    for (const button of line.element.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => step(line, Number(button.dataset.step)));
    }
  }
  setInterval(() => lines.filter((line) => line.isLost).forEach(keep), AGAIN);
  addEventListener("online", () => lines.filter((line) => line.isLost).forEach(keep));
  addEventListener("beforeunload", (event) => {
    if (!lines.some((line) => line.isLost)) return;
    event.preventDefault();
    event.returnValue = "";
  });
  form.addEventListener("submit", () => lines.forEach((line) => { line.isLost = false; })); // they go along with it
  form.classList.toggle("one-by-one", lines.some(isOpen));
  const aimed = lines.find(({ inputs }) => inputs.some((input) => input.autofocus));
  show(aimed || lines.find(isOpen) || lines[0]);
  const take = aim(document.querySelector("[data-aim]"), (text) => {
    const code = readCode(text);
    const there = lines.filter(({ element }) => [element.dataset.code, element.dataset.shelf].includes(code) || element.dataset.place === text.trim());
    const line = there.find(isOpen) || there[0];
    if (!line) return false;
    show(line);
    setTimeout(() => { // after the field has taken the focus back
      line.input.focus();
      line.input.select();
    });
    return true;
  });
}

// The field, the keyboard scanner and the camera; go(text) says whether it found the line of a label or a location.
function aim(box, go) {
  const find = (name) => box.querySelector(`[data-${name}]`);
  const word = (name) => box.querySelector(`template[data-part="${name}"]`).content.textContent;
  const field = find("entry");
  const fail = (fault) => { find("fault").textContent = `${word(fault)} ${word(`${fault}-way-out`)}`; };
  const take = (text) => {
    find("fault").textContent = "";
    if (!go(text)) location.assign(`${field.form.action}?code=${encodeURIComponent(text)}`);
  };
  wedge(field, { take, isWhole: (text) => readCode(text) !== null });
  find("camera").addEventListener("toggle", () => finder({ find }, new Device(), { take, fail }), { once: true });
  return take;
}

function lineOf(element) {
  const inputs = Array.from(element.querySelectorAll("input, select"));
  const input = element.querySelector("[data-decides]") || inputs[0];
  const isBad = input.classList.contains("is-bad");
  const line = { element, inputs, input, said: element.querySelector("[role=status]"), isLost: false };
  line.kept = isBad ? "" : figuresOf(line);
  return line;
}

// Whether nothing is to be sent yet: the figure that decides is not there, and it is not said that a batch is gone.
function isEmpty({ element, input }) {
  const condition = element.querySelector("[data-condition]");
  return input.value.trim() === "" && !(condition && condition.value === "gone");
}

function figuresOf(line) {
  return line.inputs.map((input) => input.value).join("|");
}

// Sends the figures of a line, unless it is empty or on its way; returns whether it was found wrong.
async function send(form, line) {
  const figures = figuresOf(line);
  if (figures === line.kept || isEmpty(line) || line.sending === figures) return false;
  line.sending = figures;
  say(line, form.dataset.saving);
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  for (const input of line.inputs) body.append(input.name, input.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 400) return lose(line, form.dataset.ended);
    if (!answer.ok) return lose(line, form.dataset.lost);
    const { errors, refused } = await answer.json();
    const wrong = refused || Object.values(errors)[0];
    line.isLost = false;
    if (!wrong) line.kept = figures;
    say(line, wrong || form.dataset.saved, wrong ? "err" : "");
    line.input.classList.toggle("is-bad", Boolean(wrong));
    return Boolean(wrong);
  } catch (error) {
    return lose(line, form.dataset.lost);
  } finally {
    line.sending = undefined;
  }
}

function lose(line, text) {
  line.isLost = true;
  say(line, text, "lost");
  return false;
}

function say(line, text, kind = "") {
  line.said.className = `said ${kind}`;
  if (line.said.textContent !== text) line.said.textContent = text;
}
