// Asks the device for a passkey, or to make one, and sends its answer with the form. Without this file codes do.
"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const keys = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

const asked = async (form) => {
  const sent = new FormData();
  sent.append("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(form.dataset.challenge, { method: "POST", body: sent, redirect: "manual" });
  if (!answer.ok) throw new Error("no question");
  return answer.json();
};
const made = async (told) => {
  const user = { ...told.user, id: bytes(told.user.id) };
  const publicKey = { ...told, user, challenge: bytes(told.challenge), excludeCredentials: keys(told.excludeCredentials) };
  const { id, rawId, type, response } = await navigator.credentials.create({ publicKey });
  const transports = response.getTransports ? response.getTransports() : [];
  const given = { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports };
  return { id, rawId: text(rawId), type, response: given, clientExtensionResults: {} };
};
const shown = async (told) => {
  const publicKey = { ...told, challenge: bytes(told.challenge), allowCredentials: keys(told.allowCredentials) };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey });
  const given = { clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData), signature: text(response.signature) };
  return { id, rawId: text(rawId), type, response: given, clientExtensionResults: {} };
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const note = form.querySelector("[role=alert]");
    note.textContent = "";
    try {
      const told = await asked(form);
      form.elements.credential.value = JSON.stringify(await (form.dataset.passkey === "new" ? made(told) : shown(told)));
      HTMLFormElement.prototype.submit.call(form);
    } catch {
      note.textContent = form.dataset.failed;
    }
  });
}
