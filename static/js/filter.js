// A list follows its filter while one types or chooses. Without this file the button does the same.
"use strict";
const filter = document.querySelector("form[data-filter]");
if (filter) {
  const said = document.querySelector("[data-filter-said]");
  let waiting = 0, asked = 0;
  const show = (page) => {
    for (const part of page.querySelectorAll("[data-part]")) {
      document.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceChildren(...part.childNodes);
    }
    if (said) said.textContent = document.querySelector("[data-filter-count]")?.textContent || "";
  };
  // What does not answer as expected (a session that has ended) is asked for as a whole page, which says why.
  const ask = async () => {
    const mine = ++asked;
    const fields = [...new FormData(filter)].filter(([, value]) => value !== "");
    const address = `${filter.action}?${new URLSearchParams(fields)}`;
    const answer = await fetch(address, { redirect: "manual" }).catch(() => null);
    if (mine !== asked) return;
    if (!answer || answer.status !== 200) return void window.location.assign(address);
    const html = await answer.text();
    if (mine !== asked) return;
    show(new DOMParser().parseFromString(html, "text/html"));
    window.history.replaceState(null, "", address);
  };
  const soon = (pause) => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, pause);
  };
  filter.addEventListener("input", (event) => soon(event.target.type === "search" ? 250 : 0));
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    soon(0);
  });
}
