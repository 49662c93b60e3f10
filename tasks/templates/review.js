// Keys on the review pages: a accepts, r rejects, n goes on. Without a script the buttons do the same.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.defaultPrevented) return;
  const at = event.target;
  if (at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || (at instanceof HTMLInputElement && !["range", "checkbox"].includes(at.type))) return;
  const wanted = { a: "button.accept", r: "button.reject", n: "a[rel=next][aria-keyshortcuts]" }[event.key.toLowerCase()];
  const control = wanted && document.querySelector(wanted);
  if (!control) return;
  event.preventDefault();
  control.click();
});
// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form.deciding")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form.deciding")) delete form.dataset.sent;
});
