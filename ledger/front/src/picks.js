// <form data-picks>: lines are chosen by their box, by a click on the row, or by space on its link; [data-pick-all] takes
// those that are data-able; .bulk, where there is one, shows while some are chosen, and says how many in the words of
// data-words.
export function picks() {
  for (const form of document.querySelectorAll("[data-picks]")) prepare(form);
}

function prepare(form) {
  const boxes = Array.from(form.querySelectorAll("[name=item]"));
  const able = boxes.filter((box) => box.dataset.able !== undefined);
  const all = form.querySelector("[data-pick-all]");
  const bar = form.querySelector(".bulk");
  if (!boxes.length) return;
  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("tr").classList.toggle("on", box.checked);
    all.disabled = !able.length;
    all.checked = able.length > 0 && able.every((box) => box.checked);
    if (!bar) return;
    bar.classList.toggle("on", chosen.length > 0);
    for (const said of bar.querySelectorAll("[data-words]")) say(said, chosen.length);
  };
  const flip = (row) => {
    const box = row && row.querySelector("[name=item]");
    if (!box) return;
    box.checked = !box.checked;
    show();
  };
  form.addEventListener("change", (event) => {
    if (event.target === all) for (const box of able) box.checked = all.checked;
    show();
  });
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, thead") || String(getSelection())) return;
    flip(event.target.closest("tr"));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches("th a")) return;
    event.preventDefault();
    flip(event.target.closest("tr"));
  });
  addEventListener("pageshow", show); // browsers remember what was ticked
}

function say(element, count) {
  const label = element.querySelector("span") || element;
  label.textContent = element.dataset.words.replace("{n}", count);
}
