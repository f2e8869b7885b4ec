// SHA-256, SHA-512 (FIPS 180-4) and SM3 (GB/T 32905). Browsers lend theirs to some pages only, not to every page that was
// opened from a disk, and none has SM3: so these are used everywhere.

const PRIMES = [];
for (let number = 2; PRIMES.length < 80; number++) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);

/** Return the first 64 bits behind the point of the square root (2) or cube root (3) of a number below 512. */
function fraction(number, degree) {
  const wanted = BigInt(number) << BigInt(64 * degree);
  let [low, high] = [0n, 1n << 70n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(degree) <= wanted) low = middle;
    else high = middle;
  }
  return BigInt.asUintN(64, low);
}

// Both hashes are made of the same numbers, of which SHA-256 takes the upper halves.
const ROUNDS = PRIMES.map((prime) => fraction(prime, 3));
const START = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2));
const ROUNDS_256 = ROUNDS.slice(0, 64).map((word) => Number(word >> 32n) | 0);
const START_256 = START.map((word) => Number(word >> 32n) | 0);

/** Return the data as whole blocks: a one, noughts, and at the end the length in bits. */
function padded(data, block) {
  const whole = new Uint8Array(Math.ceil((data.length + 1 + block / 8) / block) * block);
  whole.set(data);
  whole[data.length] = 0x80;
  const view = new DataView(whole.buffer);
  view.setUint32(whole.length - 8, Math.floor(data.length / 0x20000000));
  view.setUint32(whole.length - 4, data.length << 3);
  return view;
}

function bytesOf(words) {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, at) => view.setInt32(at * 4, word));
  return new Uint8Array(view.buffer);
}

const right = (word, count) => (word >>> count) | (word << (32 - count));
const left = (word, count) => (word << count) | (word >>> (32 - count));

/** Return the 32 bytes of the SHA-256 of data. */
export function sha256(data) {
  const view = padded(data, 64);
  const state = [...START_256];
  const words = new Int32Array(64);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let at = 0; at < 64; at++) {
      const [two, fifteen] = [words[at - 2], words[at - 15]];
      words[at] =
        at < 16
          ? view.getInt32(block + at * 4)
          : words[at - 16] + (right(fifteen, 7) ^ right(fifteen, 18) ^ (fifteen >>> 3)) +
            words[at - 7] + (right(two, 17) ^ right(two, 19) ^ (two >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 64; at++) {
      const one = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS_256[at] + words[at]) | 0;
      const two = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0;
      d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (state[at] = (state[at] + word) | 0));
  }
  return bytesOf(state);
}

/** Return the 64 bytes of the SHA-512 of data, which should be short: these are big integers. */
export function sha512(data) {
  const cut = (word) => BigInt.asUintN(64, word);
  const turn = (word, count) => (word >> count) | cut(word << (64n - count));
  const view = padded(data, 128);
  const state = [...START];
  for (let block = 0; block < view.byteLength; block += 128) {
    const words = [];
    for (let at = 0; at < 80; at++) {
      const [two, fifteen] = [words[at - 2], words[at - 15]];
      words.push(
        at < 16
          ? view.getBigUint64(block + at * 8)
          : cut(words[at - 16] + (turn(fifteen, 1n) ^ turn(fifteen, 8n) ^ (fifteen >> 7n)) +
              words[at - 7] + (turn(two, 19n) ^ turn(two, 61n) ^ (two >> 6n))),
      );
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 80; at++) {
      const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (cut(~e) & g)) + ROUNDS[at] + words[at];
      const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, cut(d + one), c, b, a, cut(one + two)];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (state[at] = cut(state[at] + word)));
  }
  return bytesOf(state.flatMap((word) => [Number(word >> 32n) | 0, Number(word & 0xffffffffn) | 0]));
}

const START_SM3 = [
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
].map((word) => word | 0);

/** Return the 32 bytes of the SM3 of data. */
export function sm3(data) {
  const view = padded(data, 64);
  const state = [...START_SM3];
  const words = new Int32Array(68);
  for (let block = 0; block < view.byteLength; block += 64) {
    for (let at = 0; at < 68; at++) {
      const mixed = words[at - 16] ^ words[at - 9] ^ left(words[at - 3], 15);
      words[at] =
        at < 16
          ? view.getInt32(block + at * 4)
          : mixed ^ left(mixed, 15) ^ left(mixed, 23) ^ left(words[at - 13], 7) ^ words[at - 6];
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let at = 0; at < 64; at++) {
      const early = at < 16;
      const one = left((left(a, 12) + e + left(early ? 0x79cc4519 : 0x7a879d8a, at % 32)) | 0, 7);
      const upper = early ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
      const lower = early ? e ^ f ^ g : (e & f) | (~e & g);
      const first = (upper + d + (one ^ left(a, 12)) + (words[at] ^ words[at + 4])) | 0;
      const second = (lower + h + one + words[at]) | 0;
      d = c; c = left(b, 9); b = a; a = first;
      h = g; g = left(f, 19); f = e; e = second ^ left(second, 9) ^ left(second, 17);
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (state[at] ^= word));
  }
  return bytesOf(state);
}

/** Return bytes in hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
