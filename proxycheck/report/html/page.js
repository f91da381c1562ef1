"use strict";
document.documentElement.classList.add("scripted");
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}
const wanted = document.getElementById("filter");
const failing = document.getElementById("only-failing");
function filter() {
  const text = wanted.value.trim().toLowerCase();
  for (const row of document.querySelectorAll("#hosts tbody tr")) {
    const host = row.querySelector("b").textContent.toLowerCase();
    const hidden = !host.includes(text) || (failing.checked && row.className === "works");
    row.hidden = hidden;
  }
}
if (wanted) {
  wanted.addEventListener("input", filter);
  failing.addEventListener("change", filter);
}
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const each of opened) each.open = true;
});
window.addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
