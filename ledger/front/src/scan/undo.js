// Taking back the last scan of this page: a record of its own, with a short reason.

// Calls send(scan, reason) when somebody takes back the scan that was offered last.
export function undoing(screen, send) {
  const box = screen.find("undo");
  const form = box.querySelector("form");
  const button = form.querySelector("[type=submit]");
  const offered = new Map();
  let last = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true; // until the answer: once is enough
    send(last, form.elements.note.value.trim());
    box.open = false;
    screen.find("entry").focus();
  });
  return {
    offer(scan, row, verdict) {
      last = scan;
      offered.set(scan.id, { scan, row, verdict });
      form.reset();
      button.disabled = false;
      box.hidden = false;
      box.querySelector("[data-code]").textContent = row.querySelector("[data-code]").textContent;
    },
    // The server has answered whether the scan with this id is taken back.
    answered(id, verdict) {
      if (last && last.id === id) {
        button.disabled = false;
        box.hidden = verdict === "ok";
      }
      const given = offered.get(id); // unless the page was loaded anew meanwhile
      if (verdict !== "ok" || !given) return;
      screen.mark(given.row, "voided");
      if (given.verdict === "ok") screen.count(given.scan.stage, -1);
    },
  };
}
