// Scanners that act as a keyboard, hand-helds that put text into the focused field, and typing by hand.
//
// Keys that no field takes are collected until Enter or Tab. In the scan field its value counts: Android keyboards name no
// keys, and some hand-helds insert the whole text at once. Under an input method the physical keys count, as its
// candidates would not spell the code.
const GAP = 400;
const LEAST = 4;
const SETTLED = 250;
const SIGNS = { Minus: "-", NumpadSubtract: "-", Slash: "/", NumpadDivide: "/", Period: ".", NumpadDecimal: "." };
const TEXT_FIELDS = "input:not([type=radio]):not([type=checkbox]):not([type=file]), textarea, [contenteditable]";

// Calls take(text) for whatever was entered; isWhole(text) says whether text is complete without an Enter.
export function wedge(field, { take, isWhole }) {
  const keys = new Keys();
  let settling;
  const takeField = (typed = "") => {
    clearTimeout(settling);
    const text = isWhole(typed) && !isWhole(field.value) ? typed : field.value;
    field.value = "";
    if (text.trim()) take(text);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const inField = event.target === field;
    if (!inField && event.target.closest(TEXT_FIELDS)) return;
    const typed = keys.press(event);
    if (!isEnd(event)) {
      if (event.target.closest("select") && /^\S$/.test(event.key)) event.preventDefault(); // it would choose by letters
      return;
    }
    keys.clear();
    if (inField ? !field.value.trim() : typed.length < LEAST) return;
    event.preventDefault();
    if (!inField) return take(typed);
    takeField(typed);
    if (event.isComposing) field.blur(); // ends what the input method still holds
    field.focus();
  }, true);
  field.addEventListener("input", () => {
    clearTimeout(settling);
    if (/[\r\n\t]/.test(field.value)) return takeField();
    settling = setTimeout(() => isWhole(field.value) && takeField(), SETTLED);
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    takeField();
  });
}

class Keys {
  constructor() {
    this.clear();
  }

  clear() {
    this.typed = "";
    this.last = 0;
  }

  // Returns what was typed without a pause, this key included; when it was pressed counts, not when a busy page hears of it.
  press(event) {
    if (event.timeStamp - this.last > GAP) this.typed = "";
    this.last = event.timeStamp;
    if (!isEnd(event)) this.typed += event.key.length === 1 ? event.key : ofInputMethod(event);
    return this.typed;
  }
}

function isEnd(event) {
  return event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "NumpadEnter";
}

function ofInputMethod(event) {
  if (event.key !== "Process" && !event.isComposing) return "";
  const known = /^(?:Key|Digit|Numpad)([A-Z\d])$/.exec(event.code);
  return known ? known[1] : SIGNS[event.code] || "";
}
