// What this device remembers: its own id, and choices; what it has to send is in the queue.
// Where storage is forbidden it remembers for as long as the page is open.
const EARLIER = "scan:";

export class Device {
  constructor(storage = usable()) {
    this.storage = storage;
    this.id = this.recall("device") || this.remember("device", uuid());
  }

  recall(name) {
    return this.storage.getItem(name);
  }

  remember(name, value) {
    this.storage.setItem(name, value);
    return value;
  }

  // Hands over the scans that an earlier release kept here, oldest first; forget() drops one that is kept elsewhere now.
  earlier() {
    const names = Array.from({ length: this.storage.length }, (_, at) => this.storage.key(at));
    const scans = names.filter((name) => name.startsWith(EARLIER)).map((name) => JSON.parse(this.recall(name)));
    return scans.sort((one, other) => one.seq - other.seq);
  }

  forget({ id }) {
    this.storage.removeItem(EARLIER + id);
  }
}

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64; // version 4
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// Returns the point in time by this device's clock, with its offset: 2027-03-15T09:14:03.120+08:00.
export function moment(date = new Date()) {
  const ahead = -date.getTimezoneOffset();
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const local = new Date(date.getTime() + ahead * 60000).toISOString().slice(0, -1);
  return `${local}${ahead < 0 ? "-" : "+"}${two(ahead / 60)}:${two(ahead % 60)}`;
}

function usable() {
  try {
    localStorage.setItem("try", "");
    localStorage.removeItem("try");
    return localStorage;
  } catch (error) {
    return new Memory();
  }
}

export class Memory {
  constructor() {
    this.held = new Map();
  }

  get length() {
    return this.held.size;
  }

  key(at) {
    return Array.from(this.held.keys())[at];
  }

  getItem(name) {
    return this.held.has(name) ? this.held.get(name) : null;
  }

  setItem(name, value) {
    this.held.set(name, String(value));
  }

  removeItem(name) {
    this.held.delete(name);
  }
}
