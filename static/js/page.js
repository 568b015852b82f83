// Adds to every page a print button, the count of characters left in a text, and the focus on the errors of a form, and
// takes what does not scroll out of the order of the Tab key.
// The pages work without it.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const field of document.querySelectorAll("textarea[data-limit]")) {
  const counter = document.getElementById(`${field.id}-left`);
  const limit = Number(field.dataset.limit);
  const showCount = () => {
    const length = Array.from(field.value.replace(/\r\n/g, "\n").trim()).length;
    const sentence = length > limit ? counter.dataset.over : counter.dataset.left;
    counter.textContent = sentence.replace("{n}", Math.abs(limit - length));
  };
  field.addEventListener("input", showCount);
  showCount();
}

// Safari focuses nothing that scrolls by itself, so the pages do, without script too. What is in a region may grow or
// be replaced.
const findRegions = () => document.querySelectorAll("[role=region][tabindex]");
const markRegions = () => {
  for (const region of findRegions()) {
    const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    region.tabIndex = scrolls ? 0 : -1;
  }
};
const sizes = new ResizeObserver(markRegions);
const watchRegions = () => {
  for (const region of findRegions()) [region, ...region.children].forEach((part) => sizes.observe(part));
  markRegions();
};
new MutationObserver(watchRegions).observe(document.body, { childList: true, subtree: true });
watchRegions();

document.getElementById("fehler")?.focus();
