// <form data-once>: sent once; its button says so in the words of data-busy until the answer comes.
export function guardSubmits() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.once === undefined) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const pressed = event.submitter || form.querySelector("[type=submit]");
    setTimeout(() => block(form, pressed)); // a disabled button would not be sent along
  });
  // Back from the next page: browsers keep this one as it was left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
}

function block(form, pressed) {
  for (const button of form.querySelectorAll("[type=submit]")) button.disabled = true;
  if (!pressed || !pressed.dataset.busy) return;
  const label = pressed.querySelector("span");
  pressed.dataset.idle = label.textContent;
  label.textContent = pressed.dataset.busy;
}

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[type=submit]")) {
    button.disabled = false;
    if (button.dataset.idle) button.querySelector("span").textContent = button.dataset.idle;
  }
}

// <form data-keep>: the browser asks before what was typed is lost.
export function warnUnsaved() {
  const typed = new Set();
  for (const form of document.querySelectorAll("form[data-keep]")) {
    form.addEventListener("input", () => typed.add(form));
    form.addEventListener("submit", () => typed.delete(form));
  }
  addEventListener("beforeunload", (event) => {
    if (!typed.size) return;
    event.preventDefault();
    event.returnValue = "";
  });
}

// The summary of errors is read first; its links lead to the fields.
export function errorSummary() {
  const summary = document.querySelector("[data-errors]");
  if (summary) summary.focus();
}
