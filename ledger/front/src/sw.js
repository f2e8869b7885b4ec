// The service worker: keeps the pages of scanning and of counting together with all files that they name, so that they open
// without a network and no later release can tear them apart. Everything else goes to the network as if this were not there.
// Of a count only the page is kept on which it is counted blind, which says so itself: any other may show the books.
// What a page that was closed left in the queue is sent from here, where the browser wakes it for that.
import { Queue, SYNC } from "./queue.js";

const CACHE = "ledger-scan";
const FILES = "/static/dist/";
const NAMED = /\/static\/dist\/[\w.-]+/g;
const SLOW = 4000;
const COUNT = /^\/stocktakes\/\d+$/;
const BLIND = "data-offline";
const queue = new Queue({});

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", (event) => event.waitUntil(keepPageOf(event.source))); // it came another way than by itself

self.addEventListener("sync", (event) => event.tag === SYNC && event.waitUntil(sendLeft()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname === "/login/out") event.waitUntil(caches.delete(CACHE)); // the page says who scans: it goes with them
  else if (url.pathname === "/login" && request.method === "POST") event.waitUntil(forgetCounts()); // maybe somebody else
  if (request.method !== "GET") return;
  if (url.pathname.startsWith(FILES)) event.respondWith(file(request));
  else if (request.mode === "navigate" && isOurs(url)) event.respondWith(page(event, keyOf(url)));
});

// The page that registered this was fetched before anybody kept it; it is told that all is there by being taken over.
async function takeOver() {
  for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) await keepPageOf(client);
  await self.clients.claim();
}

async function keepPageOf({ url }) {
  const { pathname } = new URL(url);
  if (isOurs({ pathname })) await keep(keyOf(new URL(url)), await fetch(COUNT.test(pathname) ? pathname : url));
}

// Failing tells the browser to wake this again later.
async function sendLeft() {
  const outcome = await queue.turn();
  if (outcome === "lost" || outcome === "busy") throw new Error(outcome);
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) || fetch(request);
}

async function page(event, key) {
  const answer = fetch(event.request);
  const kept = answer.then((response) => isSearch(new URL(event.request.url)) || keep(key, response.clone()));
  event.waitUntil(kept.catch(() => {})); // without room it opens all the same
  try {
    return await Promise.race([answer, new Promise((resolve, reject) => setTimeout(reject, SLOW))]);
  } catch (error) {
    const cache = await caches.open(CACHE);
    const pages = COUNT.test(key) ? [] : (await cache.keys()).filter(({ url }) => new URL(url).pathname === "/scan");
    const found = await Promise.all([key, ...pages.slice(-1)].map((each) => cache.match(each, { ignoreVary: true })));
    return found.find(Boolean) || answer;
  }
}

// A page is kept once its files are; what no kept page names goes.
async function keep(key, response) {
  if (!response.ok || response.redirected) return; // a sign-in page
  const cache = await caches.open(CACHE);
  if (COUNT.test(key) && !(await response.clone().text()).includes(BLIND)) return cache.delete(key, { ignoreVary: true });
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

async function forgetCounts() {
  const cache = await caches.open(CACHE);
  for (const { url } of await cache.keys()) if (COUNT.test(new URL(url).pathname)) await cache.delete(url, { ignoreVary: true });
}

function isOurs({ pathname }) {
  return pathname === "/scan" || COUNT.test(pathname);
}

// A label that was looked up: the page of the count is another one.
function isSearch({ pathname, search }) {
  return COUNT.test(pathname) && search !== "";
}

function isFile(url) {
  return new URL(url).pathname.startsWith(FILES);
}

// One page for each event, whichever stage it was opened at.
function keyOf({ pathname, searchParams }) {
  if (COUNT.test(pathname)) return pathname;
  return searchParams.get("event") ? `/scan?event=${searchParams.get("event")}` : "/scan";
}
