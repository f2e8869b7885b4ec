// Raw deflate (RFC 1951) with a preset dictionary, as strict as zlib: what it refuses is refused here.

const ORDER_OF_LENGTHS = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTHS = steps(3, 28, 4).concat(258);
const LENGTH_BITS = steps(3, 28, 4, true).concat(0);
const DISTANCES = steps(1, 30, 2);
const DISTANCE_BITS = steps(1, 30, 2, true);

/** Return the bases of a table, or how many more bits each takes: two times each group takes no bits, then one, … */
function steps(base, count, group, bitsOnly = false) {
  const table = [];
  for (let at = 0; at < count; at++) {
    const bits = Math.max(0, Math.floor(at / group) - 1);
    table.push(bitsOnly ? bits : base);
    base += 1 << bits;
  }
  return table;
}

/** Return what packed unpacks to. Throws if it is no such data, is longer than most, or does not end where packed ends. */
export function inflate(packed, dictionary, most) {
  const out = Array.from(dictionary);
  let [at, held, count] = [0, 0, 0];

  function bits(wanted) {
    while (count < wanted) {
      if (at === packed.length) throw new RangeError("cut off");
      held |= packed[at++] << count;
      count += 8;
    }
    const value = held & ((1 << wanted) - 1);
    held >>>= wanted;
    count -= wanted;
    return value;
  }

  function symbol({ counts, symbols }) {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length < 16; length++) {
      code |= bits(1);
      if (code - counts[length] < first) return symbols[index + code - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      code <<= 1;
    }
    throw new RangeError("no such code");
  }

  function put(byte) {
    if (out.length - dictionary.length === most) throw new RangeError("too long");
    out.push(byte);
  }

  function copyStored() {
    [held, count] = [0, 0];
    const [length, check] = [bits(16), bits(16)];
    if (length !== (~check & 0xffff) || at + length > packed.length) throw new RangeError("not stored so");
    for (const byte of packed.subarray(at, at + length)) put(byte);
    at += length;
  }

  function readTables() {
    const [literals, distances, given] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    if (literals > 286 || distances > 30) throw new RangeError("too many codes");
    const lengths = Array(19).fill(0);
    for (const place of ORDER_OF_LENGTHS.slice(0, given)) lengths[place] = bits(3);
    const code = codeOf(lengths, false);
    const all = [];
    while (all.length < literals + distances) {
      const word = symbol(code);
      if (word === 16 && !all.length) throw new RangeError("nothing to repeat");
      if (word < 16) all.push(word);
      else if (word === 16) all.push(...Array(3 + bits(2)).fill(all[all.length - 1]));
      else all.push(...Array(word === 17 ? 3 + bits(3) : 11 + bits(7)).fill(0));
    }
    if (all.length > literals + distances || !all[256]) throw new RangeError("not such tables");
    return [codeOf(all.slice(0, literals), true), codeOf(all.slice(literals), true)];
  }

  function copyCoded([literal, distance]) {
    for (let word = symbol(literal); word !== 256; word = symbol(literal)) {
      if (word < 256) {
        put(word);
        continue;
      }
      if (word > 285) throw new RangeError("no such length");
      const length = LENGTHS[word - 257] + bits(LENGTH_BITS[word - 257]);
      const far = symbol(distance);
      if (far > 29) throw new RangeError("no such distance");
      const back = DISTANCES[far] + bits(DISTANCE_BITS[far]);
      if (back > out.length) throw new RangeError("too far back");
      for (let left = length; left; left--) put(out[out.length - back]);
    }
  }

  for (let isLast = 0; !isLast; ) {
    isLast = bits(1);
    const kind = bits(2);
    if (kind === 3) throw new RangeError("no such block");
    if (kind === 0) copyStored();
    else copyCoded(kind === 1 ? FIXED : readTables());
  }
  if (at !== packed.length) throw new RangeError("something follows");
  return Uint8Array.from(out.slice(dictionary.length));
}

/** Return the code with these lengths. Throws if it is over-full, or not full, but for a single short sign. */
function codeOf(lengths, mayBeSingle) {
  const counts = Array(16).fill(0);
  for (const length of lengths) counts[length]++;
  let free = 1;
  for (const count of counts.slice(1)) {
    free = free * 2 - count;
    if (free < 0) throw new RangeError("over-full");
  }
  const used = lengths.length - counts[0];
  if (free > 0 && !(mayBeSingle && (used === 0 || (used === 1 && counts[1] === 1)))) throw new RangeError("not full");
  const symbols = [];
  for (let length = 1; length < 16; length++) lengths.forEach((each, sign) => each === length && symbols.push(sign));
  counts[0] = 0;
  return { counts, symbols };
}

const FIXED = [
  codeOf([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)], false),
  codeOf(Array(32).fill(5), false),
];
