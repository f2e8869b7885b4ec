// Ed25519 (RFC 8032, 5.1), for checking only: nothing here is secret, so nothing need take the same time. As in
// verify_manifest.py, a point is (X, Y, Z, T), four numbers below P, and there is one spelling of a key and of a signature.

import { sha512 } from "./hashes.js";

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (number) => ((number % P) + P) % P;
const D = mod(-121665n * power(121666n, P - 2n));
const BASE = pointOf(spelled(mod(4n * power(5n, P - 2n)), 0n));

/** Whether signature is the public key's signature of message; all are bytes. */
export function verifies(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const [first, second] = [signature.slice(0, 32), signature.slice(32)];
  const [key, scalar] = [pointOf(publicKey), numberOf(second)];
  if (!key || scalar >= ORDER) return false;
  const challenge = numberOf(sha512(Uint8Array.from([...first, ...publicKey, ...message]))) % ORDER;
  const [x, y, z, t] = key;
  const sum = add(times(scalar, BASE), times(challenge, [mod(-x), y, z, mod(-t)]));
  const unit = power(sum[2], P - 2n);
  const found = spelled(mod(sum[1] * unit), mod(sum[0] * unit) & 1n);
  return found.every((byte, at) => byte === first[at]);
}

/** Return the number that bytes stand for, the lowest first. */
function numberOf(bytes) {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function spelled(y, sign) {
  const number = y | (sign << 255n);
  return Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));
}

/** Return the point that 32 bytes stand for, or null if there is none. */
function pointOf(bytes) {
  const number = numberOf(bytes);
  const [y, sign] = [number & ((1n << 255n) - 1n), number >> 255n];
  const squared = mod((y * y - 1n) * power(mod(D * y * y + 1n), P - 2n));
  let x = power(squared, (P + 3n) / 8n);
  if (mod(x * x) !== squared) x = mod(x * power(2n, (P - 1n) / 4n));
  if (y >= P || mod(x * x) !== squared || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function power(base, exponent) {
  let result = 1n;
  for (; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

function add(one, other) {
  const [a, b] = [(one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])];
  const [c, d] = [2n * one[3] * other[3] * D, 2n * one[2] * other[2]];
  const [e, f, g, h] = [mod(b - a), mod(d - c), mod(d + c), mod(b + a)];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(factor, point) {
  let result = [0n, 1n, 1n, 0n];
  for (; factor; factor >>= 1n) {
    if (factor & 1n) result = add(result, point);
    point = add(point, point);
  }
  return result;
}
