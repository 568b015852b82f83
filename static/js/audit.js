// Checks a long audit log piece by piece: the next piece is fetched as soon as one is done.
import { fetchHtml } from "./live.js";

async function checkOnwards(box) {
  const next = box.querySelector("a[data-next]");
  if (!next) return;
  const answer = await fetchHtml(next.href);
  const result = answer.document?.querySelector("[data-check]");
  if (!result) return;
  box.replaceChildren(...result.childNodes);
  await checkOnwards(box);
}

const box = document.querySelector("[data-check]");
if (box) checkOnwards(box).catch(() => {});
