// Says two minutes before the login ends that it will, and extends it on request. Without this script the next page or
// form asks for the login and goes on from there.
import { debounce } from "./live.js";

const WARNING = 120; // seconds before the end
const PAUSE = 15; // seconds between two questions after the warning: another page may extend the login
const dialog = document.querySelector("dialog[data-session]");
const stay = dialog.querySelector("[data-stay]");
const logout = document.querySelector("form[data-account]");
let state = "";

// A dialog that was closed opens again only if there is something else to say.
function show(next) {
  if (next === state) return;
  state = next;
  for (const text of dialog.querySelectorAll("[data-state]")) text.hidden = text.dataset.state !== state;
  stay.hidden = state !== "idle";
  if (!state) dialog.close();
  else if (!dialog.open) dialog.showModal();
  dialog.querySelector("button:not([hidden])").focus();
}

function follow({ seconds, extendable }) {
  if (seconds <= 0) show("ended");
  else if (seconds <= WARNING) show(extendable ? "idle" : "over");
  else show("");
  if (seconds > 0) checkAfter((seconds > WARNING ? seconds - WARNING : Math.min(seconds, PAUSE)) * 1000);
}

async function ask(options) {
  const response = await fetch(dialog.dataset.session, options);
  return response.json();
}

// Without an answer nothing is known: the question is asked again.
const askAgain = () => checkAfter(PAUSE * 1000);
const checkAfter = debounce(() => ask().then(follow, askAgain));

stay.addEventListener("click", () => ask({ method: "POST", body: new FormData(logout) }).then(follow, askAgain));
dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());

checkAfter((Number(dialog.dataset.seconds) - WARNING) * 1000);
