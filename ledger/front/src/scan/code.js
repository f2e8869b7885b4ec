// Label codes, read as ledger/codes.py reads them: twelve signs, the last two of them check digits (ISO 7064 MOD 97-10).
const SIGNS = /^[0-9A-HJKMNP-TV-Z]{12}$/;
const ALIKE = { O: "0", I: "1", L: "1" };

// Returns what text holds after its last slash, as a code would be written; it need not be one.
export function spelled(text) {
  const tail = text.normalize("NFKC").split("/").pop().toUpperCase();
  return tail.replace(/[\s\x00-\x1f\-–—]/g, "").replace(/[OIL]/g, (sign) => ALIKE[sign]);
}

// Returns the code in text, whatever was scanned or typed, or null if there is none or its check digits do not fit.
export function readCode(text) {
  const code = spelled(text);
  return SIGNS.test(code) && isValid(code) ? code : null;
}

// Whether text looks like a code, so that only its check digits are wrong.
export function looksLikeCode(text) {
  return SIGNS.test(spelled(text));
}

// Whether the label of a code was printed in a rehearsal; see ledger/codes.py.
export function isRehearsed(code) {
  return code[9] > "F";
}

// Returns code as people read it, 4-4-4.
export function shown(code) {
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

function isValid(code) {
  let rest = 0;
  for (const sign of code) {
    for (const digit of String(parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
