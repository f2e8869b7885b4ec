// Figures of one person's count on their way to the server, by the same queue as scans. [data-counting] is the strip that
// says how many wait on this device, since when and why; its words lie in it as templates.
import { Queue } from "./queue.js";
import { Device, moment } from "./scan/device.js";
import { refill } from "./scan/screen.js";

const MONTH = 30 * 24 * 3600 * 1000;
const AGAIN = 3000;

export class Figures {
  // changed(waiting) is told how many figures of this count wait on this device.
  constructor(strip, changed) {
    this.strip = strip;
    this.changed = changed;
    this.setting = JSON.parse(strip.dataset.counting);
    this.about = `count:${this.setting.stocktake}:${this.setting.user}`;
    this.queue = new Queue({ main: this.about, changed: ({ state }) => this.look(state).catch(() => {}) });
  }

  get isAway() {
    return !navigator.onLine || this.queue.state !== "answered";
  }

  // Resolves to what was counted on this device before this page was opened, in its order.
  async begin() {
    const { url, user, token } = this.setting;
    const head = { counter: user, device: new Device().id };
    await this.queue.note(this.about, { url, list: "figures", head, headers: { "X-CSRFToken": token } });
    this.queue.offset = await this.queue.note("offset");
    for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => this.queue.hurry());
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    const records = await this.queue.of(this.about);
    this.queue.hurry();
    this.queue.forget(Date.now() - MONTH).catch(() => {});
    return records;
  }

  // Keeps what was typed of a row; resolves to the record once it is safe.
  add(row, typed) {
    const { offset } = this.queue;
    const body = { at: moment(), ...(offset !== undefined && { offset_ms: offset }), row, ...typed };
    return this.queue.add({ channel: this.about, about: this.about, body });
  }

  answer(record) {
    return record.answer ? Promise.resolve(record.answer) : this.queue.answer(record.id);
  }

  // Says how many figures are not uploaded, since when, and why.
  async look(state = this.queue.state) {
    const mine = (await this.queue.waiting()).filter(({ about }) => about === this.about);
    const name = state === "answered" && mine.length ? "sending" : state;
    if (this.strip.dataset.state !== name) refill(this.strip.querySelector("[data-network]"), this.part(name));
    this.strip.dataset.state = name;
    for (const count of this.strip.querySelectorAll("[data-number]")) count.textContent = mine.length;
    for (const since of this.strip.querySelectorAll("[data-oldest]")) {
      since.textContent = mine.length ? this.word("oldest").replace("{at}", mine[0].body.at.slice(11, 16)) : "";
    }
    this.strip.classList.toggle("is-idle", !mine.length);
    this.changed(mine.length);
    if (this.queue.offset !== undefined) await this.queue.note("offset", this.queue.offset);
  }

  // Has this page kept on the device, so that it opens without a network, and says so.
  async keepPage() {
    if (!navigator.serviceWorker || !self.caches) return;
    const { active } = await navigator.serviceWorker.register(this.strip.dataset.worker, { scope: "/" });
    const isKept = await caches.match(location.pathname, { ignoreVary: true });
    refill(this.strip.querySelector("[data-ready]"), this.part(isKept ? "ready" : "not-ready"));
    if (isKept) return;
    if (active) active.postMessage("keep");
    setTimeout(() => this.keepPage().catch(() => {}), AGAIN);
  }

  part(name) {
    return this.strip.querySelector(`template[data-part="${name}"]`).content.cloneNode(true);
  }

  word(name) {
    return this.part(name).textContent.trim();
  }
}
