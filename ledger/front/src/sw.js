// The service worker: keeps a scanning page together with all files that it names, so that it opens without a network and
// no later release can tear it apart. Everything else goes to the network as if this were not there.
const CACHE = "ledger-scan";
const FILES = "/static/dist/";
const NAMED = /\/static\/dist\/[\w.-]+/g;
const SLOW = 4000;

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/login/out") event.waitUntil(caches.delete(CACHE)); // the page says who scans: it goes with them
  if (request.method !== "GET") return;
  if (url.pathname.startsWith(FILES)) event.respondWith(file(request));
  else if (request.mode === "navigate" && url.pathname === "/scan") event.respondWith(page(event, keyOf(url)));
});

// The page that registered this was fetched before anybody kept it; it is told that all is there by being taken over.
async function takeOver() {
  for (const { url } of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (new URL(url).pathname === "/scan") await keep(keyOf(new URL(url)), await fetch(url));
  }
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) || fetch(request);
}

async function page(event, key) {
  const answer = fetch(event.request);
  const kept = answer.then((response) => keep(key, response.clone()));
  event.waitUntil(kept.catch(() => {})); // without room it opens all the same
  try {
    return await Promise.race([answer, new Promise((resolve, reject) => setTimeout(reject, SLOW))]);
  } catch (error) {
    const cache = await caches.open(CACHE);
    const pages = (await cache.keys()).filter(({ url }) => !isFile(url));
    const found = await Promise.all([key, ...pages.slice(-1)].map((each) => cache.match(each, { ignoreVary: true })));
    return found.find(Boolean) || answer;
  }
}

// A page is kept once its files are; what no kept page names goes.
async function keep(key, response) {
  if (!response.ok || response.redirected) return; // a sign-in page
  const cache = await caches.open(CACHE);
  const names = await namesIn(response.clone());
  await Promise.all(names.map(async (name) => (await cache.match(name)) || cache.add(name)));
  await cache.put(key, response);
  const requests = await cache.keys();
  const named = new Set();
  for (const page of requests.filter(({ url }) => !isFile(url))) {
    for (const name of await namesIn(await cache.match(page, { ignoreVary: true }))) named.add(name);
  }
  for (const { url } of requests) if (isFile(url) && !named.has(new URL(url).pathname)) await cache.delete(url);
}

async function namesIn(response) {
  return Array.from(new Set((await response.text()).match(NAMED)));
}

function isFile(url) {
  return new URL(url).pathname.startsWith(FILES);
}

// One page for each event, whichever stage it was opened at.
function keyOf({ searchParams }) {
  return searchParams.get("event") ? `/scan?event=${searchParams.get("event")}` : "/scan";
}
