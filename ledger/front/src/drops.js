// <label data-drop> around a file input: takes files that are dropped on it and shows the name of the chosen one.
export function fileDrops() {
  for (const box of document.querySelectorAll("[data-drop]")) {
    const input = box.querySelector("input");
    const chosen = box.querySelector(".chosen");
    const over = (is) => (event) => {
      event.preventDefault();
      box.classList.toggle("over", is);
    };
    box.addEventListener("dragover", over(true));
    box.addEventListener("dragleave", over(false));
    box.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      show();
    });
    const show = () => {
      chosen.textContent = Array.from(input.files, (file) => file.name).join("\n");
    };
    input.addEventListener("change", show);
    show(); // browsers may remember the file across a reload
  }
}
