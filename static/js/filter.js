// A list follows its filter while the reader types or chooses. Without this script the form's button does the same.
import { debounce, fetchHtml, readFilter } from "./live.js";

const form = document.querySelector("form[data-filter]");
const status = document.querySelector("[data-filter-status]");
let latestRequest = 0;

function replaceParts(page) {
  for (const part of page.querySelectorAll("[data-part]")) {
    document.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceChildren(...part.childNodes);
  }
  status.textContent = document.querySelector("[data-filter-count]")?.textContent || "";
}

// Where the answer is no list (the session has ended), the whole page is loaded, which says why.
async function applyFilter() {
  const request = ++latestRequest;
  const address = `${form.action}?${readFilter(form)}`;
  const answer = await fetchHtml(address).catch(() => null);
  if (request !== latestRequest) return;
  if (!answer?.document) {
    window.location.assign(address);
    return;
  }
  replaceParts(answer.document);
  window.history.replaceState(null, "", address);
}

if (form && status) {
  const applySoon = debounce(applyFilter);
  form.addEventListener("input", (event) => applySoon(event.target.type === "search" ? 250 : 0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    applySoon(0);
  });
}
