// Keeps the figures of all mail fresh. Without this file reloading the page shows the same.
"use strict";
const figures = document.querySelector("[data-run]");
let tag = "";
const look = async () => {
  const answer = await fetch(figures.dataset.run, { redirect: "manual", headers: tag ? { "If-None-Match": tag } : {} });
  if (answer.type === "opaqueredirect") return false; // the login has ended
  if (answer.status === 200) {
    tag = answer.headers.get("ETag") || "";
    const said = figures.querySelector("[data-run-text]").textContent;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!figures.contains(document.activeElement)) figures.replaceChildren(...fresh.body.childNodes);
    const now = figures.querySelector("[data-run-text]").textContent;
    if (now !== said) document.querySelector("[data-run-news]").textContent = now;
  }
  return true;
};
const again = () => setTimeout(async () => {
  if (document.hidden || await look().catch(() => true)) again();
}, 5000);
again();
