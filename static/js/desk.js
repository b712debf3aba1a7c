// What only quickens: every page works without it.
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

  // A control that a swap replaced gives the focus to its successor; the list says how many rows it now has.
  let focused = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    focused = document.activeElement ? document.activeElement.id : "";
    event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterSettle", () => {
    const successor = focused && document.getElementById(focused);
    if (successor && document.activeElement !== successor) successor.focus({ preventScroll: true });
    const said = document.querySelector("[data-say]");
    const live = document.getElementById("live");
    if (said && live) live.textContent = said.textContent.trim();
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
