// Compares a PDF with what is published by its digest as soon as it is chosen or dropped on the form: the file stays on
// this computer. The form's button still sends it, which tells more. Without this script it is the only way.
const form = document.querySelector("form[data-verify]");
const place = document.querySelector("[data-verdict]");
const field = form.elements.file;
let latest = 0;

async function computeDigest(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is published under the digest; 404 says nothing is. */
async function ask(sha256) {
  const answer = await fetch(`${form.dataset.verify}/${sha256}.json?lang=${document.documentElement.lang}`);
  if (answer.status === 404) return { verdict: "unknown", sha256 };
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

function show({ verdict, heading, says = [], address = "", sha256 = "" }) {
  const result = document.querySelector(`template[data-kind="${verdict}"]`).content.cloneNode(true);
  if (heading) result.querySelector("[data-heading]").textContent = heading;
  const paragraph = result.querySelector("[data-says]");
  paragraph?.replaceWith(...says.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  const link = result.querySelector("[data-paper]");
  if (address) link.href = address;
  else link?.parentElement.remove();
  const digest = result.querySelector("[data-sha256]");
  if (digest) digest.textContent = sha256.match(/.{8}/g).join(" ");
  place.replaceChildren(result);
}

async function compare() {
  const request = ++latest;
  const [file] = field.files;
  for (const old of document.querySelectorAll("main .so-errors, main .so-receipt")) old.remove();
  if (!file) return;
  const answer = await computeDigest(file).then(ask).catch(() => ({ verdict: "unread" }));
  if (request === latest) show(answer);
}

// Without https there is no digest.
if (window.crypto?.subtle) {
  field.addEventListener("change", compare);
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  document.addEventListener("drop", ({ dataTransfer }) => {
    if (!dataTransfer.files.length) return;
    field.files = dataTransfer.files;
    compare();
  });
  document.querySelector("[data-drop]").hidden = false;
  if (field.files.length) compare(); // the browser has kept it over a reload
}
