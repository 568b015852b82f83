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

// While a PDF is being made the page looks again by itself; without this file its link does.
if (document.querySelector("[data-waiting]")) setTimeout(() => window.location.reload(), 3000);
