// <form data-count>: what was counted of a line is kept as soon as Enter is pressed or its field is left. A figure that
// could not be sent stays in its field and is sent again. On a phone one line is shown at a time until each has a figure.
const AGAIN = 5000;

export function countForms() {
  for (const form of document.querySelectorAll("form[data-count]")) count(form);
}

function count(form) {
  const lines = Array.from(form.querySelectorAll("[data-line]"), (element) => lineOf(element));
  const isOpen = (line) => line.kept === "" || line.input.value !== line.kept;
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
    line.input.addEventListener("change", () => keep(line));
    line.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault(); // the form's own answer to Enter is to finish the count
      keep(line);
      step(line, 1);
    });
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
  show(lines.find(isOpen) || lines[0]);
}

function lineOf(element) {
  const input = element.querySelector("input");
  const isBad = input.classList.contains("is-bad");
  return { element, input, said: element.querySelector("[role=status]"), kept: isBad ? "" : input.value, isLost: false };
}

// Sends the figure of a line, unless it is empty or on its way; returns whether it was found wrong.
async function send(form, line) {
  const figure = line.input.value;
  if (figure === line.kept || figure.trim() === "" || line.sending === figure) return false;
  line.sending = figure;
  say(line, form.dataset.saving);
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append(line.input.name, figure);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 400) return lose(line, form.dataset.ended);
    if (!answer.ok) return lose(line, form.dataset.lost);
    const { errors, refused } = await answer.json();
    const wrong = refused || Object.values(errors)[0];
    line.isLost = false;
    if (!wrong) line.kept = figure;
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
