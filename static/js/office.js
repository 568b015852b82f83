// Keeps the figures of a round fresh. The page works without this file: reloading shows the same.
"use strict";
const table = document.querySelector("[data-standing]");
if (table) {
  let tag = "";
  // The place of the focus is found again by the address of its link; scrolling does not move, because nothing above changes height.
  const renew = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const focused = document.activeElement;
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!old || old.innerHTML.trim() === part.innerHTML.trim()) continue;
      const inside = old.contains(focused) ? focused.getAttribute("href") : null;
      old.replaceChildren(...part.childNodes);
      if (inside) old.querySelector(`a[href="${CSS.escape(inside)}"]`)?.focus({ preventScroll: true });
    }
  };
  const ask = async () => {
    if (document.hidden) return true;
    const answer = await fetch(table.dataset.standing, { redirect: "manual", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.type === "opaqueredirect") {
      const note = document.querySelector("[data-ended-note]");
      note.textContent = table.dataset.ended;
      note.hidden = false;
      return false;
    }
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") || "";
      const at = window.scrollY;
      renew(await answer.text());
      window.scrollTo({ top: at, behavior: "instant" });
    }
    return true;
  };
  const again = () => setTimeout(async () => {
    if (await ask().catch(() => true)) again();
  }, Number(table.dataset.seconds) * 1000);
  again();
}

// While a PDF is being made the page asks how far it is, and is loaded anew when it is there. Without this file it is
// loaded anew every few seconds.
const waiting = document.querySelector("[data-waiting]");
if (waiting && !waiting.dataset.waiting) setTimeout(() => window.location.reload(), 3000);
if (waiting && waiting.dataset.waiting) {
  const look = async () => {
    const answer = await fetch(waiting.dataset.waiting, { redirect: "manual" });
    if (answer.status !== 200) return answer.type === "opaqueredirect";
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-waiting]");
    if (!fresh) return true;
    if (fresh.innerHTML.trim() !== waiting.innerHTML.trim()) waiting.replaceChildren(...fresh.childNodes);
    return false;
  };
  const onward = () => setTimeout(async () => {
    if (await look().catch(() => false)) window.location.reload();
    else onward();
  }, 700);
  onward();
}
