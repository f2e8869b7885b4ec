// What verify_manifest.py does, in a browser: what one accepts or refuses, the other does, with the same sentence. Both are
// put to the same attacks (tests/manifests/test_attacks.py).

import { verifies } from "./ed25519.js";
import { hex, sha256, sm3 } from "./hashes.js";
import { inflate } from "./inflate.js";

const HEADER = "c2sp.org/tlog-proof@v1";
export const [SEALED, SIGNED] = ["manifest.sealed", "manifest.signed"];
const ENTRY_VERSION = 1;
const COMPACT_VERSION = 1;
const [LONGEST_ENTRY, LONGEST_PROOF] = [1 << 16, 1 << 17];
const COMMON =
  '{"act":"manifest.sealed","actor":{"id":1,"login":"","name":""},"at":"2027-03-15T09:00:00+00:00",' +
  '"data":{"number":"","sha256":"","sm3":""},"recorded_at":"2027-03-15T09:00:00+00:00","seq":1,"unit":"350200","v":1}';
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SIGNATURE = /^— ([^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+) (\S+)$/;

export const NO_PROOF = ["This is not a proof of a manifest.", "这不是销毁清单的证明文件。"];
export const NO_KEY = ["This is not the public key of a journal.", "这不是日志链的公钥。"];
export const NOT_SIGNED = ["The checkpoint is not signed with this key.", "检查点不是用这把公钥对应的密钥签署的。"];
export const NOT_INCLUDED = ["The entry does not stand in the signed journal.", "已签署的日志链里没有这条记录。"];
export const OTHER_ENTRY = ["The entry is not about a manifest.", "这条记录与销毁清单无关。"];
export const OTHER_PAPER = [
  "This proof is about manifest.json, which is attached to the PDF. The PDF itself needs manifest.receipt.",
  "这份证明针对 PDF 里所附的 manifest.json。核验 PDF 本身请用 manifest.receipt。",
];
export const OTHER_FILE = [
  "The file is not the one that was recorded: its SHA-256 differs.",
  "文件不是当时记录的那一份。",
];

/** Something that does not prove the file; reason is the sentence in both languages. */
export class NotProved extends Error {
  constructor(reason) {
    super(reason[0]);
    this.reason = reason;
  }
}

/** Return the SHA-256 and SM3 of a document (bytes), in hexadecimal. */
export function digestsOf(document) {
  return { sha256: hex(sha256(document)), sm3: hex(sm3(document)) };
}

/** Return what a proof (bytes) and a key (text) prove about a document (bytes) with these digests. Throws NotProved. */
export function verify(document, proofBytes, key, digests = digestsOf(document)) {
  const { body, index, path, note } = readProof(proofBytes);
  const checkpoint = openCheckpoint(note, key.trim());
  const root = rootOf(body, index, checkpoint.size, path);
  if (!root || !isSame(root, checkpoint.root)) throw new NotProved(NOT_INCLUDED);
  const entry = attempt(OTHER_ENTRY, () => readEntry(body, index));
  if (entry.data.sha256 !== digests.sha256) {
    const isPdf = entry.act === SEALED && textOf(document.subarray(0, 4), false) === "%PDF";
    throw new NotProved(isPdf ? OTHER_PAPER : OTHER_FILE);
  }
  if ("sm3" in entry.data && entry.data.sm3 !== digests.sm3) throw new NotProved(OTHER_FILE);
  return { ...entry, checkpoint };
}

/** Return what work returns; whatever it throws becomes NotProved for this reason. */
function attempt(reason, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof NotProved ? error : new NotProved(reason);
  }
}

function insist(isSo) {
  if (!isSo) throw new RangeError("not so");
}

// Entries: canonical JSON, so that everybody reads the same in them

function readEntry(body, index) {
  const text = textOf(body);
  const entry = JSON.parse(text);
  const { act, seq, v, recorded_at, data } = entry;
  insist(spelled(entry) === text && recorded_at !== undefined);
  insist(typeof data === "object" && data !== null && !Array.isArray(data));
  insist([SEALED, SIGNED].includes(act) && v === ENTRY_VERSION && typeof seq === "number");
  insist(BigInt(seq) === index + 1n);
  return { act, seq, recorded_at, data };
}

/** Return a value as canonical JSON. Throws if it has numbers or signs that not everybody reads alike. */
function spelled(value) {
  if (typeof value === "number") insist(Number.isSafeInteger(value));
  if (typeof value === "string") insist(!/[\ud800-\udfff]/u.test(value));
  if (Array.isArray(value)) return `[${value.map(spelled).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort(byCodePoint);
  return `{${keys.map((key) => `${spelled(key)}:${spelled(value[key])}`).join()}}`;
}

function byCodePoint(one, other) {
  const [left, right] = [Array.from(one), Array.from(other)];
  const at = left.findIndex((sign, place) => sign !== right[place]);
  if (at < 0) return left.length - right.length;
  return right[at] === undefined ? 1 : left[at].codePointAt(0) - right[at].codePointAt(0);
}

// Proofs (C2SP tlog-proof), or the same as the text of a printed code

function readProof(bytes) {
  return attempt(NO_PROOF, () => {
    const text = textOf(bytes);
    insist(text.length <= LONGEST_PROOF);
    if (!text.startsWith(HEADER)) return expand(text);
    const [head, note] = parted(text);
    const [header, extra, index, ...path] = head.split("\n");
    insist(header === HEADER && note !== undefined);
    const hashes = path.map(decode64);
    insist(hashes.every((hash) => hash.length === 32));
    return { body: decode64(after("extra ", extra)), index: numberOf(after("index ", index)), path: hashes, note };
  });
}

/** Return a text before and behind its first empty line; undefined for the latter if there is none. */
function parted(text) {
  const at = text.indexOf("\n\n");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 2)];
}

function expand(text) {
  const compact = decode45(text.replace(/^[\r\n]+|[\r\n]+$/g, ""));
  let at = 0;
  const take = (count) => compact.subarray(at, (at += count));
  const byte = () => {
    insist(at < compact.length);
    return compact[at++];
  };
  const version = byte();
  const [index, size] = [varint(byte), varint(byte)];
  const origin = textOf(take(byte()));
  const path = Array.from({ length: byte() }, () => take(32));
  const signature = take(68);
  const body = inflate(compact.subarray(at), new TextEncoder().encode(COMMON), LONGEST_ENTRY);
  const root = rootOf(body, index, size, path);
  insist(version === COMPACT_VERSION && root && path.every((hash) => hash.length === 32));
  // The text form has these numbers in at most 18 digits.
  insist(index < 10n ** 18n && size < 10n ** 18n);
  return { body, index, path, note: `${origin}\n${size}\n${encode64(root)}\n\n— ${origin} ${encode64(signature)}\n` };
}

function after(word, line) {
  insist(line.startsWith(word));
  return line.slice(word.length);
}

function numberOf(text) {
  insist(/^(?:0|[1-9][0-9]{0,17})$/.test(text));
  return BigInt(text);
}

function varint(byte) {
  let number = 0n;
  for (let shift = 0n; shift < 63n; shift += 7n) {
    const group = byte();
    number |= BigInt(group & 127) << shift;
    if (group < 128) return number;
  }
  throw new RangeError("too long");
}

function decode45(text) {
  const values = Array.from(text, (sign) => BASE45.indexOf(sign));
  insist(values.length % 3 !== 1 && values.every((value) => value >= 0));
  const bytes = [];
  for (let at = 0; at < values.length; at += 3) {
    const group = values.slice(at, at + 3);
    const number = group.reduceRight((sum, value) => sum * 45 + value, 0);
    insist(number < (group.length === 3 ? 65536 : 256));
    bytes.push(...(group.length === 3 ? [number >> 8, number & 255] : [number]));
  }
  return Uint8Array.from(bytes);
}

function encode64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** Read base64 in its one spelling: some readers overlook stray bits at the end. */
function decode64(text) {
  const signs = atob(text);
  insist(btoa(signs) === text);
  return Uint8Array.from(signs, (sign) => sign.charCodeAt(0));
}

function textOf(bytes, fatal = true) {
  return new TextDecoder("utf-8", { fatal, ignoreBOM: true }).decode(bytes);
}

function isSame(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

// The journal: its signed root (C2SP signed-note, tlog-checkpoint) and the way to it (RFC 9162, 2.1.3.2)

function openCheckpoint(note, key) {
  const { name, publicKey, id } = attempt(NO_KEY, () => readKey(key));
  const [text, signatures = ""] = parted(note);
  const [checkpoint, mine, isWhole] = attempt(NO_PROOF, () => {
    const lines = signatures.slice(0, -1).split("\n").map((line) => SIGNATURE.exec(line));
    const signed = lines.filter(Boolean).map(([, signer, signature]) => [signer, decode64(signature)]);
    const own = signed.filter(([signer, signature]) => signer === name && isSame(signature.subarray(0, 4), id));
    const [origin, size, root, more] = text.split("\n");
    insist(more === undefined);
    const found = { origin, size: numberOf(size), root: decode64(root) };
    return [found, own, note.endsWith("\n") && signed.length === lines.length && origin === name];
  });
  const signature = isWhole && mine.length && mine[0][1].subarray(4);
  if (!signature || !verifies(publicKey, new TextEncoder().encode(`${text}\n`), signature)) {
    throw new NotProved(NOT_SIGNED);
  }
  return checkpoint;
}

function readKey(key) {
  const [, name, id, encoded] = /^([^+]*)\+([^+]*)\+([^]*)$/.exec(key); // base64 has its own +
  const typed = decode64(encoded);
  const wanted = sha256(Uint8Array.from([...new TextEncoder().encode(name), 10, ...typed])).subarray(0, 4);
  insist(id === hex(wanted) && typed[0] === 1);
  return { name, publicKey: typed.subarray(1), id: wanted };
}

/** Return the root of the tree with size leaves in which body is the leaf at index, or null if path does not fit. */
function rootOf(body, index, size, path) {
  if (index >= size) return null;
  let [node, last] = [index, size - 1n];
  let root = sha256(Uint8Array.from([0, ...body]));
  for (const sibling of path) {
    if (last === 0n) return null;
    if (node & 1n || node === last) {
      root = sha256(Uint8Array.from([1, ...sibling, ...root]));
      for (; !(node & 1n) && node; node >>= 1n) last >>= 1n;
    } else root = sha256(Uint8Array.from([1, ...root, ...sibling]));
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? root : null;
}
