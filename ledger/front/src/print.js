// <button data-print>: prints the page, with what is folded.
export function printButtons() {
  addEventListener("beforeprint", () => document.querySelectorAll("details.fold").forEach((part) => { part.open = true; }));
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
}
