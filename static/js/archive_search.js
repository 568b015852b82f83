// Searches the archive in the browser, where the public pages are files and no server answers the form.
const form = document.querySelector("form[data-index]");
const results = document.querySelector("[data-found]");
const words = new URLSearchParams(window.location.search).get("q")?.trim() ?? "";
const MAX_NAMES = 500;

const fold = (text) => text.toLowerCase().replaceAll("ß", "ss");

function findPapers(papers) {
  const wanted = fold(words);
  return papers
    .map((paper) => ({
      ...paper,
      found: paper.names.filter((name) => fold(name.join("\n")).includes(wanted)).map(([name]) => name),
    }))
    .filter((paper) => paper.found.length || fold(`${paper.title}\n${paper.text}`).includes(wanted));
}

function showPaper(paper) {
  const item = document.createElement("li");
  item.className = "so-flow";
  const heading = item.appendChild(document.createElement("h3"));
  const link = heading.appendChild(document.createElement("a"));
  link.className = "so-link";
  link.href = form.dataset.prefix + paper.address;
  link.lang = paper.language;
  link.textContent = paper.title;
  if (paper.found.length) {
    const names = paper.found.slice(0, MAX_NAMES).join(", ");
    item.appendChild(document.createElement("p")).textContent = results.dataset.found.replace("{names}", names);
  }
  return item;
}

if (form && words) {
  form.elements.q.value = words;
  const { default: papers } = await import(form.dataset.index);
  const found = findPapers(papers);
  document.querySelector("[data-archive]").hidden = true;
  results.replaceChildren(...found.map(showPaper));
  results.hidden = found.length === 0;
  document.querySelector("[data-nothing]").hidden = found.length > 0;
}
