// Taking back the last scan of this page: a record of its own, with a short reason.

// Calls send(told, reason) when somebody takes back the scan that was offered last.
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
    // told is {scan, row, word}: a scan, its row in the list, and what was said of it.
    offer(told) {
      last = told;
      offered.set(told.scan.id, told);
      form.reset();
      button.disabled = false;
      box.hidden = false;
      box.querySelector("[data-code]").textContent = told.row.querySelector("[data-code]").textContent;
    },
    // It was said whether the scan with this id is taken back: by this device, and then by the server.
    answered(id, verdict) {
      if (last && last.scan.id === id) {
        button.disabled = false;
        box.hidden = verdict === "ok";
      }
      const told = offered.get(id); // unless the page was loaded anew meanwhile
      if (!told || (verdict === "ok") === (told.word === "voided")) return;
      [told.word, told.before] = [verdict === "ok" ? "voided" : told.before, told.word];
      screen.mark(told.row, told.word, told.scan.stage);
    },
  };
}
