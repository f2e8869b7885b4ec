// What verify.html is built of, against the standards' own vectors and against node:crypto. Signatures are made here in
// other ways than they are checked.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";

import { verifies } from "../../ledger/front/src/verify/ed25519.js";
import { hex, sha256, sha512, sm3 } from "../../ledger/front/src/verify/hashes.js";
import { inflate } from "../../ledger/front/src/verify/inflate.js";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

test("hashes of all lengths are those of the standards", () => {
  for (const length of [...Array(260).keys(), 100_003]) {
    const data = new Uint8Array(randomBytes(length));
    for (const [name, hash] of Object.entries({ sha256, sha512, sm3 })) {
      assert.equal(hex(hash(data)), createHash(name).update(data).digest("hex"), `${name} of ${length} bytes`);
    }
  }
});

test("signatures of RFC 8032, 7.1 are accepted", () => {
  const vectors = [
    [
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ];
  for (const [key, message, signature] of vectors) assert.ok(verifies(bytes(key), bytes(message), bytes(signature)));
});

test("signatures are accepted as made and never with a bit changed", () => {
  for (let round = 0; round < 64; round++) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const key = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
    const message = new Uint8Array(randomBytes(round));
    const signature = new Uint8Array(sign(null, message, privateKey));
    assert.ok(verifies(key, message, signature));
    for (const [changed, at] of [[signature, round], [key, round % 32]]) {
      const kept = changed[at];
      changed[at] ^= 1 << round % 8;
      assert.ok(!verifies(key, message, signature));
      changed[at] = kept;
    }
  }
});

test("there is one spelling of a signature and of a key", () => {
  const seed = Buffer.concat([bytes("302e020100300506032b657004220420"), bytes("07".repeat(32))]);
  const privateKey = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  const message = bytes("78");
  const signature = new Uint8Array(sign(null, message, privateKey));
  const key = bytes("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c");
  assert.ok(verifies(key, message, signature));

  let more = signature.slice(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + ORDER;
  const second = signature.slice();
  for (let at = 32; at < 64; at++, more >>= 8n) second[at] = Number(more & 255n);
  assert.ok(!verifies(key, message, second), "the number plus the order of the group");
  assert.ok(!verifies(key, message, signature.slice(0, 63)));
  assert.ok(!verifies(Uint8Array.from([...key, 0]), message, signature));

  // A key of small order has signatures of everything, R being the neutral point and S nought; but not in other spellings.
  const neutral = "01" + "00".repeat(31);
  const everything = bytes(neutral + "00".repeat(32));
  assert.ok(verifies(bytes(neutral), message, everything), "as the standard has it");
  assert.ok(!verifies(bytes(neutral), message, bytes("ee" + "ff".repeat(30) + "7f" + "00".repeat(32))), "R is 1 + P");
  assert.ok(!verifies(bytes("ee" + "ff".repeat(30) + "7f"), message, everything), "the key is 1 + P");
  assert.ok(!verifies(bytes("01" + "00".repeat(30) + "80"), message, everything), "x is minus nought");
  assert.ok(!verifies(bytes("02" + "00".repeat(31)), message, everything), "no point of the curve");
});

test("what zlib unpacks is unpacked, and what it refuses is refused", () => {
  const dictionary = Buffer.from('{"act":"manifest.sealed","actor":{"id":1');
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const data = Buffer.from(round % 3 ? randomBytes(round % 50).toString("hex") : "aaaaab".repeat(round % 300));
    const packed = deflateRawSync(data, { level: round % 10, strategy: round % 5, dictionary });
    if (round % 2) packed[round % packed.length] ^= 1 << round % 8;
    const answers = [
      () => Buffer.from(inflate(new Uint8Array(packed), new Uint8Array(dictionary), 1 << 16)).toString("hex"),
      () => {
        const { buffer, engine } = inflateRawSync(packed, { dictionary, info: true });
        if (engine.bytesWritten !== packed.length) throw new RangeError("something follows");
        return buffer.toString("hex");
      },
    ].map((answer) => {
      try {
        return answer();
      } catch {
        return null;
      }
    });
    assert.equal(answers[0], answers[1]);
    refused += answers[0] === null;
  }
  assert.ok(refused > 100 && refused < 1500);
});

test("nothing longer than allowed is unpacked", () => {
  const packed = new Uint8Array(deflateRawSync(Buffer.alloc(1 << 20)));

  assert.throws(() => inflate(packed, new Uint8Array(), 1 << 16), RangeError);
});
