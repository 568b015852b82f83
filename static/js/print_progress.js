// While a PDF is being made, the page shows how far it is and reloads once it is there. Where no address gives the
// progress, the page reloads every few seconds.
import { fetchHtml, repeat } from "./live.js";

const RELOAD_PAUSE = 3000; // milliseconds
const PROGRESS_PAUSE = 700;
const waiting = document.querySelector("[data-waiting]");
const address = waiting?.dataset.waiting;

// A page that answered a form is sent again instead of reloaded: it has a button for that.
function showResult() {
  const button = document.querySelector("[data-refresh]");
  if (button) button.click();
  else window.location.reload();
}

// Returns whether the PDF is still being made.
async function refreshProgress() {
  const answer = await fetchHtml(address);
  const progress = answer.document?.querySelector("[data-waiting]");
  if (progress && progress.innerHTML.trim() !== waiting.innerHTML.trim()) {
    waiting.replaceChildren(...progress.childNodes);
  }
  const finished = answer.redirected || (answer.document && !progress);
  if (finished) showResult();
  return !finished;
}

if (address) repeat(refreshProgress, PROGRESS_PAUSE);
else if (waiting) repeat(() => window.location.reload(), RELOAD_PAUSE);
