// Shows the text of a paper as it is typed. The page works without this file: its button shows the same.
"use strict";
const form = document.querySelector("[data-preview]");
if (form) {
  const view = form.querySelector("[data-view]");
  let waiting = 0;
  let asked = 0;
  const look = async () => {
    const sent = new FormData();
    for (const name of ["csrf_token", "title", "text"]) sent.set(name, form.elements[name].value);
    const number = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: sent, redirect: "manual" });
    if (answer.status !== 200 || number !== asked) return; // a later one is on its way, or nobody is logged in any more
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    view.replaceChildren(...fresh.body.childNodes);
  };
  for (const field of [form.elements.text, form.elements.title]) {
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => look().catch(() => {}), 400);
    });
  }
}
