// <button data-copy data-done="Copied">: copies the text of the element before it.
export function copyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const source = button.previousElementSibling;
      const label = button.querySelector("span");
      const idle = label.textContent;
      if (idle === button.dataset.done || !(await copied(source))) return;
      label.textContent = button.dataset.done;
      setTimeout(() => { label.textContent = idle; }, 2000);
    });
  }
}

async function copied(source) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(source.textContent.trim()).then(() => true, () => false);
  }
  getSelection().selectAllChildren(source); // on plain http there is no clipboard object
  return document.execCommand("copy");
}
