// IndexedDB: what was kept outlives the page and the browser. A piece of work is one transaction, done when it is on disk.
const TRIES = 3;
const PAUSE = 80;
const LOST = /InvalidState|UnknownError|AbortError|clos|connection/i;

export class Store {
  // shape(database, before) makes what versions after before have; versions only add.
  constructor(name, version, shape) {
    Object.assign(this, { name, version, shape });
  }

  // Runs work(objectStore, …) on the stores with these names; resolves to what it resolves to, once that is safe.
  // Rejects with the browser's error, QuotaExceededError if there is no room. work may be run again and must not mind.
  async run(names, mode, work) {
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(names, mode, work);
      } catch (error) {
        if (tries > TRIES || !LOST.test(`${error.name} ${error.message}`)) throw error;
        this.opened = null; // iOS takes the connection away from pages in the background without a word
        await new Promise((resolve) => setTimeout(resolve, PAUSE * tries));
      }
    }
  }

  async once(names, mode, work) {
    this.opened = this.opened || this.open();
    const transaction = (await this.opened).transaction(names, mode, { durability: "strict" });
    const safe = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error || new DOMException("aborted", "AbortError"));
    });
    safe.catch(() => {}); // work may fail first
    const result = await work(...names.map((name) => transaction.objectStore(name)));
    await safe;
    return result;
  }

  open() {
    const request = indexedDB.open(this.name, this.version);
    request.onupgradeneeded = ({ oldVersion }) => this.shape(request.result, oldVersion);
    return asked(request).then((database) => {
      database.onversionchange = () => { // a newer release in another window: it must not wait for this one
        database.close();
        this.opened = null;
      };
      return database;
    });
  }
}

export function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
