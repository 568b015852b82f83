// Keeps the figures of all mail fresh. Without this script reloading the page shows the same.
import { fetchIfChanged, repeat } from "./live.js";

const PAUSE = 5000; // milliseconds
const progress = document.querySelector("[data-run]");
const news = document.querySelector("[data-run-news]");
let etag = "";

const readText = () => progress.querySelector("[data-run-text]").textContent;

async function refreshProgress() {
  const answer = await fetchIfChanged(progress.dataset.run, etag);
  if (answer.document) {
    etag = answer.etag;
    const before = readText();
    if (!progress.contains(document.activeElement)) progress.replaceChildren(...answer.document.body.childNodes);
    if (readText() !== before) news.textContent = readText();
  }
  return !answer.redirected;
}

repeat(() => document.hidden || refreshProgress(), PAUSE);
