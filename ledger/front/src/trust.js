// <p data-trust="/static/…/sw.js">: says whether this browser trusts the server. A warning that was clicked away counts for
// nothing: only where no warning is left do browsers take a service worker, which is what scanning offline needs.
export function trustCheck() {
  for (const place of document.querySelectorAll("[data-trust]")) {
    const say = (name) => {
      place.textContent = "";
      place.appendChild(document.querySelector(`template[data-part="trust-${name}"]`).content.cloneNode(true));
    };
    if (!isSecureContext) say("plain");
    else if (!navigator.serviceWorker) say("none");
    else navigator.serviceWorker.register(place.dataset.trust, { scope: "/trust" }).then(
      (worker) => worker.unregister().then(() => say("ok")),
      () => say("stop"),
    );
  }
}
