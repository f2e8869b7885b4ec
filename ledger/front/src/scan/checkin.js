// What a device needs before it is alone: a ticket to send under, the pack to judge by, the page itself, lasting storage.
// Whatever cannot be had now is asked for again; scanning goes on meanwhile.
import { offsetOf } from "../queue.js";

const AGAIN = 180_000;
const AT_LEAST = 20_000;
const PICTURE = 60_000;

export class CheckIn {
  // came(pack) is told of a pack that is new, changed() of anything else.
  constructor({ queue, device, setting, came, changed }) {
    Object.assign(this, { queue, device, setting, came, changed });
    this.channel = queue.main;
    this.pictures = `pictures:${setting.event}:${setting.user}`;
    this.place = `pack:${setting.event}`;
  }

  // Takes up what was given earlier; resolves to the pack of then, if there is one. What is new comes when it comes.
  async begin() {
    this.queue.offset = await this.queue.note("offset");
    const known = await this.queue.note(this.channel);
    this.given = known && known.number ? known : this.byToken();
    await this.noteChannels(this.given);
    const kept = await this.queue.note(this.place);
    if (kept) this.holds(kept);
    this.renew();
    setInterval(() => document.hidden || this.renew(), AGAIN * (0.8 + 0.4 * Math.random()));
    for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => this.renew());
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    if (navigator.serviceWorker) {
      navigator.serviceWorker.register(this.setting.worker, { scope: "/" }).catch(() => {});
      navigator.serviceWorker.addEventListener("controllerchange", () => this.changed());
    }
    this.changed();
    return kept;
  }

  get isReady() {
    return Boolean(this.fetched && this.given.number && navigator.serviceWorker && navigator.serviceWorker.controller);
  }

  async renew() {
    if (this.isAsking || Date.now() - this.asked < AT_LEAST) return;
    this.isAsking = true;
    try {
      this.given = await this.queue.note(this.channel); // another window may have got a ticket
      if (!this.given.number || this.queue.state === "refused") await this.askTicket();
      await this.askPack();
      this.asked = Date.now();
      this.changed();
    } catch (error) {
      // no network, or no room: what is here stays
    } finally {
      this.isAsking = false;
    }
  }

  async askTicket() {
    const before = Date.now();
    const response = await fetch(this.setting.tickets, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.setting.token },
      body: JSON.stringify({ device: this.device.id }),
    });
    if (!response.ok) return;
    this.queue.offset = offsetOf(response, before);
    const { number, ticket } = await response.json();
    const given = { ...this.byToken(), number, headers: { Authorization: `Ticket ${ticket}` } };
    await this.noteChannels(given);
    this.given = given;
    this.queue.hurry();
  }

  // Pictures go by the same ticket, one at a time.
  async noteChannels(given) {
    const { photos, event } = this.setting;
    const head = { event };
    await this.queue.note(this.channel, given);
    await this.queue.note(this.pictures, { ...given, url: photos, list: "photos", head, lot: 1, patience: PICTURE });
  }

  async askPack() {
    const known = await this.queue.note(this.place);
    const headers = { ...this.given.headers, ...(known && { "If-None-Match": known.etag }) };
    const before = Date.now();
    const offset = this.queue.offset === undefined ? "" : `?offset_ms=${this.queue.offset}`;
    const response = await fetch(this.setting.pack + offset, { headers, cache: "no-store", redirect: "manual" });
    if (response.status === 304) known.fetched = Date.now();
    if (!response.ok && response.status !== 304) return;
    this.queue.offset = offsetOf(response, before);
    await this.queue.note("offset", this.queue.offset);
    const etag = response.headers.get("ETag");
    const pack = response.ok ? { etag, fetched: Date.now(), ...(await response.json()) } : known;
    await this.queue.note(this.place, pack);
    this.holds(pack);
    if (response.ok) this.came(pack);
  }

  holds({ fetched, batches }) {
    this.fetched = fetched;
    this.batches = batches.length;
  }

  // Until there is a ticket, the page's own token has to do.
  byToken() {
    const { url, token } = this.setting;
    return { url, list: "scans", head: { device: this.device.id }, headers: { "X-CSRFToken": token } };
  }
}
