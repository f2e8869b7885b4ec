// <div data-poll="/address" data-every="1000">: asks how far a long job is ({done, total, text, next}) and goes on to
// next when it is over. The page can be left at any time; the job does not depend on it.
export function polls() {
  for (const box of document.querySelectorAll("[data-poll]")) ask(box, 0);
}

function ask(box, failures) {
  const every = Number(box.dataset.every);
  setTimeout(async () => {
    if (document.hidden) return ask(box, failures);
    try {
      const response = await fetch(box.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (response.redirected || response.status === 401) return location.reload(); // signed out meanwhile
      const answer = await response.json();
      if (answer.next) return location.replace(answer.next);
      show(box, answer);
      ask(box, 0);
    } catch (error) {
      say(box, box.dataset.lost);
      ask(box, failures + 1);
    }
  }, Math.min(every * 2 ** failures, 15000));
}

function show(box, { done, total, text }) {
  const gauge = box.querySelector("progress");
  if (total) {
    gauge.max = total;
    gauge.value = done;
  }
  say(box, text);
}

function say(box, text) {
  const line = box.querySelector("[role=status]");
  if (line.textContent !== text) line.textContent = text;
}
