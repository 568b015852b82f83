// Keeps the page of a round fresh and filters its table without reloading. Without this file the same page does both by GET.
"use strict";
const table = document.querySelector("[data-standing]");
if (table) {
  const form = document.querySelector("form[data-filter]");
  const news = document.querySelector("[data-news]");
  const page = new URL(form.action).pathname;
  let asked = table.dataset.standing; // the address of the parts, with the choice that is shown
  let tag = "", choices = 0, told = 0, typing = 0; // choices made, and how many of them have been told

  // What the reader looks at stays where it is: the focus if it is in sight, else the first row that is.
  const anchor = () => {
    const seen = (each) => { const at = each.getBoundingClientRect(); return at.bottom > 0 && at.top < innerHeight && at.height > 0; };
    const focused = document.activeElement;
    const found = focused !== document.body && seen(focused) ? focused : [...document.querySelectorAll("main a[href], main summary")].find(seen);
    return found ? { top: found.getBoundingClientRect().top, find: () => found.isConnected ? found : twin(found) } : null;
  };
  const twin = (link) => {
    const part = parts.get(link);
    const same = part && document.querySelectorAll(`[data-part="${part}"] a[href="${CSS.escape(link.getAttribute("href"))}"]`);
    return same ? [...same].find((each) => each.textContent === link.textContent) || same[0] : null;
  };
  let parts = new Map(); // links that may be replaced, with the part they stand in

  const renew = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const said = text(), kept = anchor(), focused = document.activeElement;
    parts = new Map();
    for (const part of document.querySelectorAll("[data-part]")) for (const link of part.querySelectorAll("a[href]")) parts.set(link, part.dataset.part);
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (old && old.innerHTML.trim() !== part.innerHTML.trim()) old.replaceChildren(...part.childNodes);
    }
    if (!focused.isConnected) twin(focused)?.focus({ preventScroll: true });
    const there = kept?.find();
    if (there) window.scrollBy({ top: there.getBoundingClientRect().top - kept.top, behavior: "instant" });
    return said !== text();
  };
  const text = () => document.querySelector("[data-said]").textContent;
  const found = () => table.querySelector("caption, p:not(.so-take)").textContent;

  // Whether to go on asking: not once the login has ended.
  const ask = async () => {
    const mine = choices;
    const answer = await fetch(asked, { redirect: "manual", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.type === "opaqueredirect") {
      const note = document.querySelector("[data-ended-note]");
      note.textContent = table.dataset.ended;
      note.hidden = false;
      return false;
    }
    if (answer.status === 200) {
      const html = await answer.text();
      if (mine !== choices) return true; // a later choice has overtaken this one
      tag = answer.headers.get("ETag") || "";
      const changed = renew(html);
      if (told !== mine) news.textContent = found();
      else if (changed) news.textContent = text();
      told = mine;
    }
    return true;
  };
  const again = () => setTimeout(async () => {
    if (document.hidden || await ask().catch(() => true)) again();
  }, Number(table.dataset.seconds) * 1000);
  again();

  const choose = (query, keep) => {
    asked = table.dataset.standing.split("?")[0] + query;
    tag = "";
    choices += 1;
    if (keep) history.pushState(null, "", page + query + "#mitglieder");
    table.setAttribute("aria-busy", "true");
    ask().catch(() => window.location.assign(page + query + "#mitglieder")).finally(() => table.removeAttribute("aria-busy"));
  };
  const filtered = () => {
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    return chosen.size ? `?${chosen}` : "";
  };
  const filter = () => { clearTimeout(typing); choose(filtered(), true); };
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  form.addEventListener("change", filter);
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(filter, 300);
  });
  // Sorting and turning pages: the links lead to the same page, so the same choice is asked for here.
  table.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const to = new URL(link.href);
    if (to.pathname !== page) return;
    event.preventDefault();
    show(to.search);
    choose(to.search, true);
    if (to.searchParams.has("page")) form.parentElement.scrollIntoView({ behavior: "instant" });
  });
  // The form says what is shown, also after going back.
  const show = (query) => {
    const chosen = new URLSearchParams(query);
    for (const field of form.querySelectorAll("input:not([type=hidden]), select")) field.value = chosen.get(field.name) || "";
    let sort = form.querySelector("input[name=sort]");
    if (!sort && chosen.has("sort")) {
      sort = Object.assign(document.createElement("input"), { type: "hidden", name: "sort" });
      form.append(sort);
    }
    if (sort) sort.value = chosen.get("sort") || "";
  };
  window.addEventListener("popstate", () => { show(location.search); choose(location.search, false); });
}

// While a PDF is being made the page looks again by itself; without this file its link does.
if (document.querySelector("[data-waiting]")) setTimeout(() => window.location.reload(), 3000);

// A long journal is examined in pieces; the next one is fetched as soon as this one is done.
const examine = async (box) => {
  const next = box.querySelector("a[data-next]");
  if (!next) return;
  const answer = await fetch(next.href, { redirect: "manual" });
  if (answer.status !== 200) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-check]");
  if (!fresh) return;
  box.replaceChildren(...fresh.childNodes);
  await examine(box);
};
const check = document.querySelector("[data-check]");
if (check) examine(check).catch(() => {});
