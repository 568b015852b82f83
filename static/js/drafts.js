// Keeps the long texts of a form in this browser until the server has saved them, and offers them when the form is
// opened again. Who can log out finds them in a later login, too; without a login they end with the tab. Single lines
// (names, addresses, passwords) are never kept. Without this script the server asks for the login and goes on.
import { debounce } from "./live.js";

const PREFIX = "draft:";
const MAX_AGE = 7 * 24 * 60 * 60 * 1000; // milliseconds
const logout = document.querySelector("form[data-account]");
const storage = logout ? localStorage : sessionStorage;

const getKey = (path) => `${PREFIX}${logout?.dataset.account ?? ""}:${path}`;
const getFormKey = (form) => getKey(new URL(form.getAttribute("action") ?? "", location.href).pathname);
const listTexts = (form) => [...form.querySelectorAll("textarea[name]")];
const read = (key) => JSON.parse(storage.getItem(key) ?? "null");

function removeDrafts(condition) {
  for (const key of Object.keys(storage)) if (key.startsWith(PREFIX) && condition(key)) storage.removeItem(key);
}

function keep(form) {
  const texts = Object.fromEntries(listTexts(form).map(({ name, value }) => [name, value]));
  storage.setItem(getFormKey(form), JSON.stringify({ at: Date.now(), texts }));
}

function describe(sentence, at) {
  const { lang } = document.documentElement;
  const time = at.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return sentence.textContent.replace("{time}", time);
  return sentence.dataset.earlier.replace("{time}", `${at.toLocaleDateString(lang, { dateStyle: "medium" })}, ${time}`);
}

function offer(form, draft, fields) {
  const box = document.getElementById("draft-offer").content.firstElementChild.cloneNode(true);
  const sentence = box.querySelector("p");
  sentence.textContent = describe(sentence, new Date(draft.at));
  const close = () => {
    box.remove();
    fields[0].focus();
  };
  box.querySelector("[data-restore]").addEventListener("click", () => {
    for (const field of fields) {
      field.value = draft.texts[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    close();
  });
  box.querySelector("[data-discard]").addEventListener("click", () => {
    storage.removeItem(getFormKey(form));
    close();
  });
  fields[0].parentElement.before(box);
  return box;
}

for (const { dataset } of document.querySelectorAll("template[data-saved]")) storage.removeItem(getKey(dataset.saved));
// The receipt says it where there is no login: a message would change the cookie, and Back would ask to send again.
if (document.querySelector("main[data-page=receipt]")) removeDrafts((key) => key.startsWith(getKey(location.pathname)));
removeDrafts((key) => !(read(key).at > Date.now() - MAX_AGE));

for (const form of document.querySelectorAll("form[method=post]")) {
  const key = getFormKey(form);
  if (logout && key === getFormKey(logout)) form.addEventListener("submit", () => removeDrafts(() => true));
  const draft = read(key);
  const differs = ({ name, value }) => draft && name in draft.texts && draft.texts[name] !== value;
  const fields = listTexts(form).filter(differs);
  const box = fields.length && offer(form, draft, fields);
  const keepSoon = debounce(() => keep(form));
  form.addEventListener("input", ({ target }) => {
    // An offered draft is kept until it has been taken or discarded.
    if (target.matches("textarea[name]") && !box?.isConnected) keepSoon(300);
  });
  form.addEventListener("submit", () => {
    if (box?.isConnected) return;
    if (listTexts(form).length) keep(form);
    if (!logout || !storage.getItem(key)) return;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "draft", value: "y" }));
  });
}
