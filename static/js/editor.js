// Shows the text of a paper while it is being typed. Without this script a button of the form does the same.
import { debounce, fetchHtml } from "./live.js";

const form = document.querySelector("[data-preview]");
const preview = form.querySelector("[data-view]");
let latestRequest = 0;

async function refreshPreview() {
  const body = new FormData();
  for (const name of ["csrf_token", "title", "text"]) body.set(name, form.elements[name].value);
  const request = ++latestRequest;
  const answer = await fetchHtml(form.dataset.preview, { method: "POST", body });
  if (answer.document && request === latestRequest) preview.replaceChildren(...answer.document.body.childNodes);
}

const refreshSoon = debounce(() => refreshPreview().catch(() => {}));
for (const field of [form.elements.text, form.elements.title]) {
  field.addEventListener("input", () => refreshSoon(400));
}
