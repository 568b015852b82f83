// What the scripts of pages that refresh themselves share: fetching HTML, repeating, and waiting for a pause in typing.

/**
 * Fetches an address and parses what it answers.
 *
 * `document` is null unless the answer is 200. `redirected` says that the login has ended: no live page redirects.
 */
export async function fetchHtml(address, options = {}) {
  const response = await fetch(address, { redirect: "manual", ...options });
  const html = response.status === 200 ? await response.text() : null;
  return {
    document: html === null ? null : new DOMParser().parseFromString(html, "text/html"),
    redirected: response.type === "opaqueredirect",
    etag: response.headers.get("ETag") || "",
  };
}

/** Fetches an address if it has changed since the answer with this entity tag. */
export function fetchIfChanged(address, etag) {
  return fetchHtml(address, { headers: etag ? { "If-None-Match": etag } : {} });
}

const pauseButton = document.querySelector("[data-pause]");
const PAUSED = `paused:${location.pathname}`; // in the storage of the tab
const isPaused = () => pauseButton !== null && sessionStorage.getItem(PAUSED) !== null;

/**
 * Calls `refresh` again and again, with a pause before each call, until it returns false. A failure is tried again.
 *
 * The button of the page, if it has one, stops that and goes on with it.
 */
export function repeat(refresh, pause) {
  setTimeout(async () => {
    if (isPaused() || await Promise.resolve().then(refresh).catch(() => true)) repeat(refresh, pause);
  }, pause);
}

function showPause() {
  pauseButton.querySelector("span").textContent = isPaused() ? pauseButton.dataset.resume : pauseButton.dataset.pause;
}

if (pauseButton) {
  pauseButton.hidden = false;
  showPause();
  pauseButton.addEventListener("click", () => {
    if (isPaused()) sessionStorage.removeItem(PAUSED);
    else sessionStorage.setItem(PAUSED, "y");
    showPause();
  });
}

/** Returns a function that calls `action` once, after the given pause; a later call replaces an earlier one. */
export function debounce(action) {
  let timer = 0;
  return (pause) => {
    clearTimeout(timer);
    timer = setTimeout(action, pause);
  };
}

/** The fields of a filter form that are filled in, as they stand in the address. */
export function readFilter(form) {
  return new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
}
