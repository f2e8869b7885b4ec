// The page around proof.js: what was looked at, what each step proves, and what none of them can. Chinese and English.

import {
  digestsOf, NO_KEY, NO_PROOF, NOT_INCLUDED, NOT_SIGNED, NotProved, OTHER_ENTRY, SIGNED, verify,
} from "./proof.js";

/** The steps in their order: the reason that ends at each, what is looked at, and what that proves. */
const STEPS = [
  [
    NO_PROOF,
    ["The receipt is a proof, to the letter", "回执是一份格式完整的证明"],
    ["By itself nothing: a proof can be made by anybody.", "单凭这一步证明不了什么：格式谁都能写。"],
  ],
  [
    NO_KEY,
    ["The key is the public key of a journal", "公钥是日志链的公钥"],
    ["That no sign of it is missing. Whose key it is you have to compare yourself.", "证明公钥没有抄漏、抄错。它是不是发证单位的公钥，须由您自己比对。"],
  ],
  [
    NOT_SIGNED,
    ["The journal's state is signed with this key", "日志链的状态由这把公钥对应的密钥签署"],
    ["That whoever holds the key vouched for the whole journal as it then stood.", "证明持有密钥的一方为日志链当时的全部内容作了担保。"],
  ],
  [
    NOT_INCLUDED,
    ["The entry stands in that journal", "这条记录确在该日志链中"],
    ["That the entry was there, at its place, when the journal was signed, and reads today as it did then.", "证明签署时这条记录已在链上该位置，内容与当时一字不差。"],
  ],
  [
    OTHER_ENTRY,
    ["The entry is the one of a manifest", "这条记录是销毁清单的记录"],
    ["That it was not written about some other file.", "证明它不是为别的文件写下的。"],
  ],
  [
    null,
    ["The file has the SHA-256 and the SM3 of the entry", "文件的 SHA-256 和 SM3 与记录一致"],
    ["That the file is the one that was recorded, byte for byte: nothing was painted over, added or cut off.", "证明文件就是当时记录的那一份，一个字节都没有变：没有涂改、添加或删减。"],
  ],
];

const NOT_PROVED = [
  ["That what was recorded is true. For this, read who counted, who watched and who signed.", "记录的内容是否属实。这要看清单里由谁清点、谁监督、谁签字。"],
  ["That the key is the bureau's, and that this page is the one that the bureau hands out.", "公钥是否属于发证单位，本页是否就是发证单位提供的那一页。"],
  ["That nobody with the journal's key rewrote its past. Whoever kept a later checkpoint can show that.", "持有日志链密钥的人有没有改写过去的记录。保存有其后检查点的人可以查出。"],
  ["The exact time: only that the entry came after the entries before it and before those that follow.", "准确的时间：只能证明它在前面的记录之后、后面的记录之前写下。"],
  ["Whether the signature inside the PDF is of a trusted certificate. A PDF program tells that.", "PDF 里的印章证书是否可信。这用 PDF 阅读软件查看。"],
  ["Whether a print on paper says the same as this file.", "纸上打印的内容是否与本文件相同。"],
];

const form = document.getElementById("form");
const answer = document.getElementById("answer");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  check();
});
for (const input of form.querySelectorAll("input")) input.addEventListener("input", () => show());

async function check() {
  const [file, proof] = ["document", "proof"].map((id) => document.getElementById(id).files[0]);
  const key = document.getElementById("key").value;
  if (!file || !proof || !key.trim()) {
    show(verdict("stop", ["Choose both files and give the key.", "请选好两个文件并填写公钥。"]));
    return;
  }
  show(make("p", "", ...both(["Checking…", "正在核验…"])));
  await new Promise((shown) => setTimeout(shown, 50)); // a large file keeps the page busy for some seconds
  try {
    const [content, text] = [new Uint8Array(await file.arrayBuffer()), new Uint8Array(await proof.arrayBuffer())];
    say(file.name, content, text, key);
  } catch (error) {
    show(verdict("stop", [`A file cannot be read: ${error.message}`, "文件无法读取，请重新选择。"]));
  }
}

function say(name, content, text, key) {
  const digests = digestsOf(content);
  let proved;
  let reason;
  try {
    proved = verify(content, text, key, digests);
  } catch (error) {
    if (!(error instanceof NotProved)) throw error;
    reason = error.reason;
  }
  const failed = STEPS.findIndex(([ends]) => ends === reason || ends === null);
  const steps = STEPS.map(([, what, proves], at) => {
    const state = proved || at < failed ? "ok" : at === failed ? "stop" : "none";
    return make("li", state, ["b", what], ["div", { ok: proves, stop: reason, none: NOT_REACHED }[state]]);
  });
  show(
    proved ? verdict("ok", REAL[proved.act === SIGNED ? 0 : 1]) : verdict("stop", reason, WRONG),
    ...(proved ? [heading(["What was recorded", "记录的内容"]), facts(proved)] : []),
    heading(["What was looked at, and what it proves", "查了什么，各证明什么"]),
    panel(make("ul", "", ...steps)),
    heading(["What this does not prove", "这证明不了什么"]),
    panel(make("ul", "", ...NOT_PROVED.map((sentence) => make("li", "none", ["div", sentence])))),
    heading(["The file that was checked", "所核验的文件"]),
    panel(list([[["File", "文件"], name], ["SHA-256", digests.sha256], ["SM3", digests.sm3]])),
  );
}

const REAL = [
  ["Real and unchanged: this is the manifest that was signed and recorded.", "真实，未改动：这就是当时签发并记入日志链的销毁清单。"],
  ["Real and unchanged: these are the data that were sealed and recorded.", "真实，未改动：这就是当时封存并记入日志链的清单数据。"],
];
const WRONG = ["Not proved. Do not rely on this file before you asked the bureau.", "未通过核验。在向发证单位问明之前，请不要采信这份文件。"];
const NOT_REACHED = ["Not looked at: a step before it failed.", "前面的步骤没有通过，未查到这一步。"];

function facts({ act, seq, recorded_at, data, checkpoint }) {
  return panel(
    list([
      [["Manifest number", "清单编号"], String(data.number || "")],
      [["What it is about", "记录对象"], act === SIGNED ? "manifest.pdf" : "manifest.json"],
      [["Journal", "日志链"], checkpoint.origin],
      [["Entry", "记录序号"], `${seq} / ${checkpoint.size}`],
      [["Written at", "写入时间"], String(recorded_at)],
      ...(Array.isArray(data.signatures) ? data.signatures.map(signer) : []),
    ]),
  );
}

/** Return who signed in the document with a certificate of their own, as the entry says. */
function signer(each) {
  const { name, field, subject, certificate } = Object(each);
  return [["Signed with an own certificate", "个人证书签署"], `${name}, ${field}, ${subject}, SHA-256 ${certificate}`];
}

function show(...parts) {
  answer.textContent = "";
  answer.append(...parts);
}

function verdict(kind, ...sentences) {
  const box = make("div", `verdict ${kind}`);
  for (const sentence of sentences) box.append(...both(sentence));
  return box;
}

function heading(words) {
  return make("h2", "", ...both(words));
}

function panel(content) {
  return make("section", "panel", content);
}

function list(rows) {
  const box = make("dl", "");
  for (const [head, value] of rows) {
    const isCode = !Array.isArray(head);
    const [name, said] = [make("dt", "", ...(isCode ? [head] : both(head))), make("dd", isCode ? "code" : "", value)];
    box.append(make("div", "", name, said));
  }
  return box;
}

/** Return the nodes of a sentence: Chinese, and English below. */
function both([english, chinese]) {
  const below = make("span", "", english);
  below.lang = "en";
  return [chinese, below];
}

/** Return an element of nodes, texts, and [tag, sentence] pairs. Nothing is ever read as HTML. */
function make(tag, names, ...content) {
  const element = document.createElement(tag);
  element.className = names;
  for (const part of content) element.append(Array.isArray(part) ? make(part[0], "", ...both(part[1])) : part);
  return element;
}
