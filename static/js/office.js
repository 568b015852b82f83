// Keys for the office's pages, and the tick that stands for all rows of a list. The pages work without it.

const choice = document.querySelector("[data-shortcuts]");
const list = choice?.closest("details");
const KEY = "shortcuts";

const follow = (selector) => document.querySelector(selector)?.click();
const SHORTCUTS = {
  "/": () => document.getElementById("suche").focus(),
  n: () => follow("main a[rel=next]"),
  p: () => follow("main a[rel=prev]"),
  u: () => follow(".so-brand"),
  "?": () => {
    list.open = !list.open;
    if (list.open) list.querySelector("summary").focus();
  },
};

if (choice) {
  choice.checked = localStorage.getItem(KEY) !== "off";
  choice.addEventListener("change", () => localStorage.setItem(KEY, choice.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest(
      "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    const isModified = event.ctrlKey || event.metaKey || event.altKey;
    if (typing || !choice.checked || isModified || !(event.key in SHORTCUTS)) return;
    event.preventDefault();
    SHORTCUTS[event.key]();
  });
}

// "All" ticks what is visible; a row that is unticked takes "all" away.
document.querySelector("form[data-selection]")?.addEventListener("change", (event) => {
  const form = event.currentTarget;
  const all = form.querySelector("[data-all]");
  if (event.target === all) {
    for (const box of form.querySelectorAll("[name=pick]")) box.checked = all.checked;
  } else if (event.target.name === "pick" && !event.target.checked) all.checked = false;
});
for (const all of document.querySelectorAll("[data-all]:checked")) {
  for (const box of all.form.querySelectorAll("[name=pick]")) box.checked = true;
}
