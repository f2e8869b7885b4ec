// Scans on their way to the server. A scan gets its id before it is sent and is kept until it is answered, so that one
// whose answer was lost is sent again as the same scan: nothing is dropped, nothing counted twice.
import { moment, uuid } from "./device.js";

const LOT = 50;
const PAUSES = [1000, 2000, 5000, 10000, 20000];
export const PATIENCE = 8000;
export const LATE = { verdict: "late" };

export class Scans {
  // changed(state) is told whenever scans were made, answered or not: state is answered, lost or refused (signed out).
  constructor({ url, headers = {}, device, changed = () => {}, patience = PATIENCE, pauses = PAUSES }) {
    Object.assign(this, { url, headers, device, changed, patience, pauses });
    this.waiting = [];
    this.state = "answered";
    this.failures = 0;
  }

  // Makes a scan and sends it. answer is the server's, whenever it comes; soon is the same or, after a while, LATE.
  take(facts) {
    const scan = { id: uuid(), seq: this.device.nextNumber(), at: moment(), ...facts };
    this.device.keep(scan);
    return this.follow(scan);
  }

  // Takes up the scans that were without an answer when the page was left.
  resume() {
    return this.device.kept().map((scan) => this.follow(scan));
  }

  // The world has changed (network back, page shown again): tries at once.
  hurry() {
    this.failures = 0;
    if (this.wake) this.wake();
  }

  follow(scan) {
    let settle;
    const answer = new Promise((resolve) => { settle = resolve; });
    const late = new Promise((resolve) => setTimeout(resolve, this.patience, LATE));
    this.waiting.push({ scan, settle });
    this.changed(this.state);
    this.send();
    return { scan, answer, soon: Promise.race([answer, late]) };
  }

  async send() {
    if (this.isSending) return;
    this.isSending = true;
    while (this.waiting.length) {
      this.state = await this.post(this.waiting.slice(0, LOT).map(({ scan }) => scan));
      this.changed(this.state);
      if (this.state === "answered") this.failures = 0;
      else await this.pause();
    }
    this.isSending = false;
  }

  async post(scans) {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), this.patience);
    try {
      const response = await fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual", // a sign-in page is no answer
        headers: { "Content-Type": "application/json", ...this.headers },
        body: JSON.stringify({ device: this.device.id, now: moment(), scans }),
        signal: ending.signal,
      });
      if (isRefused(response)) return "refused";
      return response.ok && this.settle((await response.json()).results) ? "answered" : "lost";
    } catch (error) {
      return "lost";
    } finally {
      clearTimeout(timer);
    }
  }

  // Gives each answer to the scan that asked for it; whether there was any.
  settle(results) {
    const before = this.waiting.length;
    for (const result of results) {
      const at = this.waiting.findIndex(({ scan }) => scan.id === result.id);
      if (at < 0) continue;
      const [{ scan, settle }] = this.waiting.splice(at, 1);
      this.device.drop(scan);
      settle(result);
    }
    return this.waiting.length < before;
  }

  async pause() {
    const length = this.pauses[Math.min(this.failures++, this.pauses.length - 1)];
    let timer;
    await new Promise((resolve) => {
      timer = setTimeout(resolve, length);
      this.wake = resolve;
    });
    clearTimeout(timer);
  }
}

// Signed out meanwhile, or signed in again elsewhere, so that the page's token is void.
function isRefused({ type, status }) {
  return type === "opaqueredirect" || status === 303 || status === 400 || status === 401 || status === 403;
}
