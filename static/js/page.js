// Adds to every page a print button, the count of characters left in a text, and the focus on the errors of a form.
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

document.getElementById("fehler")?.focus();
