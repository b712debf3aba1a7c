// Sections with the same example in several languages become tabs; without scripts they follow each other.
(() => {
  "use strict";

  const tabbed = (group) => {
    const panels = [...group.querySelectorAll(":scope > section")];
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", group.dataset.tabs);

    const tabs = panels.map((panel) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `tab-${panel.id}`;
      tab.textContent = panel.querySelector("h2").textContent;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      return tab;
    });

    const choose = (number) => {
      panels.forEach((panel, at) => {
        panel.hidden = at !== number;
        tabs[at].setAttribute("aria-selected", String(at === number));
        tabs[at].tabIndex = at === number ? 0 : -1;
      });
    };

    // A link to one of the sections, on this page or from elsewhere, opens its tab.
    const follow = () => {
      const number = panels.findIndex((panel) => `#${panel.id}` === window.location.hash);
      if (number < 0) return false;
      choose(number);
      list.scrollIntoView();
      return true;
    };

    list.addEventListener("click", (event) => {
      const number = tabs.indexOf(event.target);
      if (number >= 0) choose(number);
    });
    list.addEventListener("keydown", (event) => {
      const here = tabs.indexOf(document.activeElement);
      const last = tabs.length - 1;
      const there = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here === 0 ? last : here - 1, Home: 0, End: last };
      if (here < 0 || !(event.key in there)) return;
      event.preventDefault();
      choose(there[event.key]);
      tabs[there[event.key]].focus();
    });
    window.addEventListener("hashchange", follow);
    group.prepend(list);
    if (!follow()) choose(0);
  };

  document.querySelectorAll("[data-tabs]").forEach(tabbed);
})();
