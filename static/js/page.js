// The pages work without this file; it adds a print button, the live count of a text's characters, and the way to the errors.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const text of document.querySelectorAll("textarea[data-limit]")) {
  const left = document.getElementById(text.id + "-left");
  const limit = Number(text.dataset.limit);
  const count = () => {
    const used = Array.from(text.value.replace(/\r\n/g, "\n").trim()).length;
    left.textContent = (used > limit ? left.dataset.over : left.dataset.left).replace("{n}", Math.abs(limit - used));
  };
  text.addEventListener("input", count);
  count();
}
document.getElementById("fehler")?.focus();
