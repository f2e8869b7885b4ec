// Offers to put the scanner on the home screen, where the browser can do that itself.
export function install(button) {
  let offer;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // no bar over the verdict
    offer = event;
    button.hidden = false;
  });
  button.addEventListener("click", () => {
    button.hidden = true;
    offer.prompt();
  });
}
