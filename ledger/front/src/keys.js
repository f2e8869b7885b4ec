// Lists by keyboard: "/" goes to the search box, up and down walk through the rows, Enter follows the row's link.
export function listKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "/" && !isTyping(event.target)) search(event);
    if (event.key === "ArrowDown") walk(event, 1);
    if (event.key === "ArrowUp") walk(event, -1);
  });
}

function isTyping(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

function search(event) {
  const box = document.querySelector("[data-search]");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
}

function walk(event, step) {
  const rows = Array.from(document.querySelectorAll("[data-keys] tbody tr th a, [data-keys] tbody tr td.nm a"));
  const at = rows.indexOf(event.target);
  const isFromOutside = at < 0 && (event.target === document.body || event.target.dataset.search !== undefined);
  const next = at < 0 ? isFromOutside && step > 0 && rows[0] : rows[at + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
