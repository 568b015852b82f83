// Asks the device for a passkey, or to make one, and sends the result with the form. Without this script codes work.

function decode(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function encode(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const decodeIds = (credentials) => (credentials || []).map((each) => ({ ...each, id: decode(each.id) }));

async function fetchOptions(form) {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  const answer = await fetch(form.dataset.challenge, { method: "POST", body, redirect: "manual" });
  if (!answer.ok) throw new Error("no challenge");
  return answer.json();
}

function serialize({ id, rawId, type }, response) {
  return JSON.stringify({ id, rawId: encode(rawId), type, response, clientExtensionResults: {} });
}

async function createPasskey(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      user: { ...options.user, id: decode(options.user.id) },
      challenge: decode(options.challenge),
      excludeCredentials: decodeIds(options.excludeCredentials),
    },
  });
  const { response } = credential;
  return serialize(credential, {
    clientDataJSON: encode(response.clientDataJSON),
    attestationObject: encode(response.attestationObject),
    transports: response.getTransports ? response.getTransports() : [],
  });
}

async function usePasskey(options) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: decode(options.challenge),
      allowCredentials: decodeIds(options.allowCredentials),
    },
  });
  const { response } = credential;
  return serialize(credential, {
    clientDataJSON: encode(response.clientDataJSON),
    authenticatorData: encode(response.authenticatorData),
    signature: encode(response.signature),
  });
}

async function submitWithPasskey(form) {
  const note = form.querySelector("[role=alert]");
  note.textContent = "";
  try {
    const options = await fetchOptions(form);
    const askDevice = form.dataset.passkey === "new" ? createPasskey : usePasskey;
    form.elements.credential.value = await askDevice(options);
    HTMLFormElement.prototype.submit.call(form);
  } catch {
    note.textContent = form.dataset.failed;
  }
}

const forms = window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : [];
for (const form of forms) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submitWithPasskey(form);
  });
}
