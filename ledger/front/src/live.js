// <main data-live="3000">: asks for the page again and again, by its tag, and shows what has changed. In it, the element
// [data-age] says in its words data-age="… {n} …" for how many seconds nothing was heard from the server.
const OLD = 15, LOST = 60; // seconds

export function live() {
  const box = document.querySelector("[data-live]");
  if (!box) return;
  const every = Number(box.dataset.live);
  let tag = "", heard = Date.now();

  const ask = async () => {
    try {
      if (!document.hidden) {
        const response = await fetch(location.href, { headers: { "If-None-Match": tag }, cache: "no-store" });
        if (response.redirected || response.status === 401) return location.reload(); // signed out meanwhile
        if (response.ok) show(box, await response.text());
        if (response.ok || response.status === 304) heard = Date.now();
        tag = response.headers.get("ETag") || tag;
      }
    } catch (error) {
      // The age of the figures says it.
    }
    setTimeout(ask, every);
  };
  setTimeout(ask, every);
  setInterval(() => tell(box, Math.round((Date.now() - heard) / 1000)), 1000);
}

function show(box, text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
  if (fresh) box.innerHTML = fresh.innerHTML;
}

function tell(box, seconds) {
  const age = box.querySelector("[data-age]");
  age.textContent = age.dataset.age.replace("{n}", seconds);
  age.className = seconds >= LOST ? "v-stop" : seconds >= OLD ? "v-wait" : "";
}
