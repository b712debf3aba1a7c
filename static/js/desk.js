// Enhancements; every page works without them.
(() => {
  "use strict";
  const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const box = document.getElementById("search");
    if (!box) return;
    event.preventDefault();
    box.focus();
  });

  // After a swap, focus the replacement of the control that had the focus, and announce how many rows the list has.
  let focused = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    focused = document.activeElement ? document.activeElement.id : "";
    event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterSettle", () => {
    const replacement = focused && document.getElementById(focused);
    if (replacement && document.activeElement !== replacement) replacement.focus({ preventScroll: true });
    const count = document.querySelector("[data-announce]");
    const live = document.getElementById("live");
    if (count && live) live.textContent = count.textContent.trim();
  });
  const failed = (event) => {
    event.detail.target.removeAttribute("aria-busy");
    const live = document.getElementById("live");
    if (live) {
      live.classList.remove("hidden-text");
      live.textContent = live.dataset.failed;
    }
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
})();
