// Records on their way to the server, whatever they say. A record gets its id before it is kept, is kept before anybody
// is told so, and is sent until it is answered: nothing is lost with a page, a browser or an answer, nothing counts twice.
//
// A record is {id, seq, channel, about, body, once}; once is sent along with body, and forgotten once it is answered: what is
// large. While nobody has answered it, waiting is its seq, later answer and
// answered (when, by this clock) are there. A channel says how records are sent: {url, list, head, headers}; its lots are
// {...head, now, [list]: [{...body, ...once, id, seq}]} and are answered by {results: [{id, …}]}. lot and patience are there
// if it sends fewer at a time and waits longer, in milliseconds, for the answer.
import { Store, asked } from "./store.js";
import { moment, uuid } from "./scan/device.js";

const LOT = 50;
const PATIENCE = 8000;
const PAUSES = [1000, 2000, 5000, 10000, 20000];
const UNFIT = [404, 409, 413, 422];
const LOCK = "ledger-queue";
export const SYNC = "ledger-queue"; // by which the service worker is woken to send what a closed page left

export class Queue {
  // changed({state, waiting, oldest}) is told of news: state is answered, lost or, of the main channel, refused (the
  // server asks who this is).
  constructor({ name = "ledger", main, changed = () => {} }) {
    this.main = main;
    this.store = new Store(name, 1, shape);
    this.changed = changed;
    this.state = "answered";
    this.failures = 0;
    this.followers = new Map();
    this.unfit = new Set();
    if (self.BroadcastChannel) {
      this.others = new BroadcastChannel(LOCK);
      this.others.onmessage = ({ data }) => this.hear(data);
    }
    addEventListener("offline", () => this.glance());
  }

  // Keeps a record; resolves to it when it is safe.
  async add({ id = uuid(), channel, about, body, once }) {
    const record = await this.store.run(["records", "notes"], "readwrite", async (records, notes) => {
      const known = await asked(records.get(id)); // kept already, and only the good news was lost
      if (known) return known;
      const seq = ((await asked(notes.get("seq"))) || 0) + 1;
      const made = { id, seq, channel, about, body, waiting: seq, ...(once && { once }) };
      records.add(made);
      notes.put(seq, "seq");
      return made;
    });
    this.glance();
    if (this.others) this.others.postMessage([]); // their number of records to send
    this.send();
    return record;
  }

  // Resolves to what the server answers to a record, whenever that is.
  answer(id) {
    return new Promise((resolve) => {
      this.followers.set(id, resolve);
      this.hear([id]);
    });
  }

  // Resolves to all records about something, in their order.
  of(about) {
    return this.read("about", IDBKeyRange.bound([about], [about, []]));
  }

  // Resolves to the records without an answer, oldest first.
  waiting() {
    return this.read("waiting");
  }

  read(index, range) {
    return this.store.run(["records"], "readonly", (records) => asked(records.index(index).getAll(range)));
  }

  // Resolves to what is noted under a name; notes value there if there is one.
  note(name, value) {
    if (value === undefined) return this.store.run(["notes"], "readonly", (notes) => asked(notes.get(name)));
    return this.store.run(["notes"], "readwrite", (notes) => asked(notes.put(value, name)));
  }

  // Forgets what was answered before a point in time, given in milliseconds.
  async forget(before) {
    await this.store.run(["records"], "readwrite", async (records) => {
      for (const record of await asked(records.getAll())) if (record.answered < before) records.delete(record.id);
    });
  }

  // The world has changed (network back, page shown again): tries at once.
  hurry() {
    this.failures = 0;
    if (this.wake) this.wake();
    this.send();
  }

  async send() {
    this.isAsked = true;
    if (this.isSending) return;
    this.isSending = true;
    while (this.isAsked) {
      this.isAsked = false;
      const outcome = await this.turn().catch(() => (this.state = "lost"));
      const left = await this.look().catch(() => 1);
      if (outcome === "answered") this.failures = 0;
      if (left === 0 || this.isAsked) continue;
      this.isAsked = true;
      if (outcome === "lost") askToBeSynced();
      if (outcome !== "answered") await this.pause();
    }
    this.isSending = false;
  }

  // One window of a device, or its service worker, sends at a time; where there are no locks, the server keeps each record
  // once all the same.
  turn() {
    if (!navigator.locks) return this.sendAll();
    return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? this.sendAll() : "busy"));
  }

  async sendAll() {
    const channels = new Map();
    for (const record of await this.waiting()) {
      if (!this.unfit.has(record.id)) channels.set(record.channel, [...(channels.get(record.channel) || []), record]);
    }
    let [worst, state] = ["answered", "answered"];
    for (const [name, records] of channels) {
      const outcome = await this.sendBy(await this.note(name), records);
      if (outcome === "answered") continue;
      worst = outcome;
      if (outcome === "lost" || name === this.main) state = outcome; // an old event's ticket may have run out
    }
    this.state = state;
    return worst;
  }

  async sendBy(channel, records) {
    if (!channel) return "lost"; // it is noted in a moment
    for (let start = 0, size = channel.lot || LOT; start < records.length; ) {
      const lot = records.slice(start, start + size);
      const outcome = await this.post(channel, lot);
      if (outcome === "unfit" && lot.length > 1) {
        size = 1; // one that the server cannot read must not keep back the others
        continue;
      }
      if (outcome === "unfit") this.unfit.add(lot[0].id); // it stays, and stays counted as waiting
      else if (outcome !== "answered") return outcome;
      start += lot.length;
    }
    return "answered";
  }

  async post({ url, list, head, headers, patience = PATIENCE }, lot) {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), patience);
    const before = Date.now();
    try {
      const sent = { ...head, now: moment(), [list]: lot.map(({ id, seq, body, once }) => ({ ...body, ...once, id, seq })) };
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual", // a sign-in page is no answer
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(sent),
        signal: ending.signal,
      });
      if (isRefused(response)) return "refused";
      if (UNFIT.includes(response.status)) return "unfit";
      if (!response.ok) return "lost";
      this.offset = offsetOf(response, before);
      return (await this.keep((await response.json()).results)) ? "answered" : "lost";
    } catch (error) {
      return "lost";
    } finally {
      clearTimeout(timer);
    }
  }

  // Keeps answers with their records, and tells who waits for them; resolves to how many there were.
  async keep(results) {
    const ids = await this.store.run(["records"], "readwrite", async (records) => {
      const found = [];
      for (const result of results) {
        const record = await asked(records.get(result.id));
        if (!record) continue;
        found.push(record.id);
        if (!record.waiting) continue; // another window was told first
        delete record.waiting;
        delete record.once;
        records.put({ ...record, answer: result, answered: Date.now() });
      }
      return found;
    });
    if (this.others) this.others.postMessage(ids);
    await this.hear(ids);
    return ids.length;
  }

  // Tells those who wait for answers to these records, if there are any by now.
  async hear(ids) {
    const wanted = ids.filter((id) => this.followers.has(id));
    const read = (records) => Promise.all(wanted.map((id) => asked(records.get(id))));
    const found = await this.store.run(["records"], "readonly", read).catch(() => []);
    for (const record of found) {
      if (!record || !record.answer || !this.followers.has(record.id)) continue;
      this.followers.get(record.id)(record.answer);
      this.followers.delete(record.id);
    }
    this.glance();
  }

  // Says how it stands; resolves to how many records still can be sent.
  async look() {
    const [waiting, first] = await this.store.run(["records"], "readonly", (records) => {
      const index = records.index("waiting");
      return Promise.all([asked(index.count()), asked(index.get(IDBKeyRange.lowerBound(0)))]);
    });
    const state = navigator.onLine ? this.state : "lost";
    this.changed({ state, waiting, oldest: first ? first.body.at : null });
    return waiting - this.unfit.size;
  }

  glance() {
    this.look().catch(() => {}); // it looks again before long
  }

  async pause() {
    const length = PAUSES[Math.min(this.failures++, PAUSES.length - 1)] * (0.8 + 0.4 * Math.random());
    let timer;
    await new Promise((resolve) => {
      timer = setTimeout(resolve, length);
      this.wake = resolve;
    });
    clearTimeout(timer);
  }
}

// Asks the browser to wake the service worker once there is a network, should this page be gone by then; few browsers can.
function askToBeSynced() {
  if (!navigator.serviceWorker) return;
  navigator.serviceWorker.ready.then(({ sync }) => sync && sync.register(SYNC)).catch(() => {}); // it may be forbidden
}

function shape(database) {
  const records = database.createObjectStore("records", { keyPath: "id" });
  records.createIndex("waiting", "waiting");
  records.createIndex("about", ["about", "seq"]);
  database.createObjectStore("notes");
}

// Signed out meanwhile, or signed in again elsewhere, so that the page's token is void.
function isRefused({ type, status }) {
  return type === "opaqueredirect" || status === 303 || status === 400 || status === 401 || status === 403;
}

// Returns how far this clock is behind the server's, in milliseconds; the server tells whole seconds.
export function offsetOf(response, before) {
  const date = Date.parse(response.headers.get("Date"));
  return Number.isNaN(date) ? undefined : Math.round(date + 500 - (before + Date.now()) / 2);
}
