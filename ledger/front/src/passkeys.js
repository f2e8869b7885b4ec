// <div data-passkey> in a form: sent without a password, the form is answered by a passkey in its field "passkey". What
// is to be signed is asked of the form's own address; a new passkey is made of what stands in data-passkey itself.
export function passkeys() {
  for (const box of document.querySelectorAll("[data-passkey]")) prepare(box, box.closest("form"));
}

function prepare(box, form) {
  const answer = form.querySelector("[name=passkey]");
  const password = form.querySelector("[name=password]");
  let isBusy = false;
  let isAnswered = false;
  form.addEventListener("submit", async (event) => {
    if (isAnswered || (password && password.value)) return;
    event.preventDefault(); // and forms.js lets it be
    if (isBusy) return;
    isBusy = true;
    const button = event.submitter || form.querySelector("[type=submit]");
    try {
      if (!window.PublicKeyCredential) throw new Lacking();
      answer.value = box.dataset.passkey ? await make(JSON.parse(box.dataset.passkey)) : await sign(form);
      isAnswered = true;
      button.click();
    } catch (error) {
      complain(box, error instanceof Lacking);
    }
    isBusy = false;
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) isAnswered = false; // an answer is good once
  });
}

class Lacking extends Error {}

async function sign(form) {
  const asked = new FormData(form);
  asked.set("passkey", "ask");
  const told = await fetch(form.action, { method: "POST", body: asked });
  if (!(told.headers.get("Content-Type") || "").startsWith("application/json")) return "ask"; // the page says what is wrong
  const { nonce, publicKey } = await told.json();
  const { id, response } = await navigator.credentials.get({ publicKey: opened(publicKey, "allowCredentials") });
  return JSON.stringify({
    nonce, id,
    authenticator_data: text(response.authenticatorData),
    client_data: text(response.clientDataJSON),
    signature: text(response.signature),
  });
}

async function make({ nonce, publicKey }) {
  publicKey.user.id = bytes(publicKey.user.id);
  const { id, response } = await navigator.credentials.create({ publicKey: opened(publicKey, "excludeCredentials") });
  return JSON.stringify({ nonce, id, attestation: text(response.attestationObject), client_data: text(response.clientDataJSON) });
}

// Browsers want bytes where JSON has text.
function opened(publicKey, list) {
  const known = (publicKey[list] || []).map((each) => ({ type: each.type, id: bytes(each.id) }));
  return { ...publicKey, challenge: bytes(publicKey.challenge), [list]: known };
}

function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function complain(box, isLacking) {
  const error = box.querySelector("[role=alert]");
  if (isLacking) error.querySelector("span").textContent = box.dataset.lacking;
  error.hidden = false;
}
