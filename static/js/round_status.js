// Keeps the page of a round fresh, and filters and sorts its table without reloading. Without this script the same page
// does both by links and a form.
import { debounce, fetchIfChanged, readFilter, repeat } from "./live.js";

const table = document.querySelector("[data-status]");
const form = document.querySelector("form[data-filter]");
const news = document.querySelector("[data-news]");
const pagePath = new URL(form.action).pathname;
const statusPath = table.dataset.status.split("?")[0];

let address = table.dataset.status; // of the refreshed parts, with the filter that is in force
let etag = "";
let filterChanges = 0;
let announcedChanges = 0; // how many of them have been announced
let partOfLink = new Map(); // links that may be replaced, with the part they stand in

const readCounts = () => document.querySelector("[data-counts-text]").textContent;
const readCaption = () => table.querySelector("caption, p:not(.so-downloads)").textContent;

function isVisible(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.height > 0;
}

// The link that took the place of one that has been replaced.
function findReplacement(link) {
  const part = partOfLink.get(link);
  if (!part) return null;
  const selector = `[data-part="${part}"] a[href="${CSS.escape(link.getAttribute("href"))}"]`;
  const links = [...document.querySelectorAll(selector)];
  return links.find((each) => each.textContent === link.textContent) || links[0] || null;
}

// What the reader looks at stays where it is: the focus if it is visible, else the first link that is.
function findAnchor() {
  const focused = document.activeElement;
  const anchor = focused !== document.body && isVisible(focused)
    ? focused
    : [...document.querySelectorAll("main a[href], main summary")].find(isVisible);
  return anchor && { element: anchor, top: anchor.getBoundingClientRect().top };
}

function keepAnchor(anchor) {
  const element = anchor?.element.isConnected ? anchor.element : anchor && findReplacement(anchor.element);
  if (element) window.scrollBy({ top: element.getBoundingClientRect().top - anchor.top, behavior: "instant" });
}

// Ticks stay while the figures refresh; with another filter they would mean other members.
function replaceParts(fresh, keepTicks) {
  const anchor = findAnchor();
  const focused = document.activeElement;
  const ticked = [...table.querySelectorAll("input:checked")].map((box) => box.id);
  partOfLink = new Map();
  for (const part of document.querySelectorAll("[data-part]")) {
    for (const link of part.querySelectorAll("a[href]")) partOfLink.set(link, part.dataset.part);
  }
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const present = document.querySelector(`[data-part="${part.dataset.part}"]`);
    if (present && present.innerHTML.trim() !== part.innerHTML.trim()) present.replaceChildren(...part.childNodes);
  }
  if (keepTicks) {
    for (const box of table.querySelectorAll("input[type=checkbox]")) box.checked = ticked.includes(box.id);
  }
  if (!focused.isConnected) {
    (findReplacement(focused) || document.getElementById(focused.id))?.focus({ preventScroll: true });
  }
  keepAnchor(anchor);
}

function showLoginEnded() {
  const note = document.querySelector("[data-ended-note]");
  note.textContent = table.dataset.ended;
  note.hidden = false;
}

// Returns whether to go on refreshing: not once the login has ended.
async function refresh() {
  const change = filterChanges;
  const answer = await fetchIfChanged(address, etag);
  if (answer.redirected) showLoginEnded();
  if (answer.document && change === filterChanges) {
    etag = answer.etag;
    const before = readCounts();
    replaceParts(answer.document, announcedChanges === change);
    if (announcedChanges !== change) news.textContent = readCaption();
    else if (readCounts() !== before) news.textContent = readCounts();
    announcedChanges = change;
  }
  return !answer.redirected;
}

async function applyQuery(query) {
  address = statusPath + query;
  etag = "";
  filterChanges += 1;
  table.setAttribute("aria-busy", "true");
  try {
    await refresh();
  } catch {
    window.location.assign(`${pagePath}${query}#mitglieder`);
  } finally {
    table.removeAttribute("aria-busy");
  }
}

function visitQuery(query) {
  history.pushState(null, "", `${pagePath}${query}#mitglieder`);
  applyQuery(query);
}

// Makes the form show the filter and the sort order of an address, also after going back.
function fillForm(query) {
  const values = new URLSearchParams(query);
  for (const field of form.querySelectorAll("input:not([type=hidden]), select")) {
    field.value = values.get(field.name) || "";
  }
  let sort = form.querySelector("input[name=sort]");
  if (!sort && values.has("sort")) {
    sort = Object.assign(document.createElement("input"), { type: "hidden", name: "sort" });
    form.append(sort);
  }
  if (sort) sort.value = values.get("sort") || "";
}

function submitFilter() {
  const values = readFilter(form);
  visitQuery(values.size ? `?${values}` : "");
}

const submitSoon = debounce(submitFilter);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submitSoon(0);
});
form.addEventListener("change", () => submitSoon(0));
form.addEventListener("input", (event) => {
  if (event.target.type === "search") submitSoon(300);
});

// The links that sort and turn pages lead to this page, so the same query is fetched for the parts alone.
table.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const target = new URL(link.href);
  if (target.pathname !== pagePath) return;
  event.preventDefault();
  fillForm(target.search);
  visitQuery(target.search);
  if (target.searchParams.has("page")) form.parentElement.scrollIntoView({ behavior: "instant" });
});
window.addEventListener("popstate", () => {
  fillForm(location.search);
  applyQuery(location.search);
});

repeat(() => document.hidden || refresh(), Number(table.dataset.seconds) * 1000);
