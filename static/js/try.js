// "Try it" on the API's page: one request with a test key, which stays on this page.
(() => {
  "use strict";
  const form = document.getElementById("try");
  if (!form) return;
  const [key, call, body, answer] = ["key", "call", "body", "answer"].map((name) => document.getElementById(`try-${name}`));
  const TEST_KEY = /^bpo_test_[0-9a-z]{8}_[0-9a-z]{40}$/;
  const chosen = () => call.selectedOptions[0];

  const fill = () => {
    body.value = chosen().dataset.body;
    body.closest("p").hidden = !chosen().dataset.body;
  };

  const show = (text) => {
    answer.textContent = text;
    answer.hidden = false;
  };

  const send = async () => {
    const posts = Boolean(chosen().dataset.body);
    const headers = { Authorization: `Bearer ${key.value.trim()}` };
    if (posts) headers["Content-Type"] = "application/json";
    // No cookie goes along: what is tried is the key, not the person before the page.
    const options = { method: posts ? "POST" : "GET", headers, credentials: "omit" };
    if (posts) options.body = body.value;
    const response = await fetch(chosen().value, options);
    const text = await response.text();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // Not JSON: shown as it is.
    }
    show(`${response.status} ${response.statusText}\n\n${shown}`);
  };

  call.addEventListener("change", fill);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!TEST_KEY.test(key.value.trim())) {
      show(form.dataset.refused);
      key.focus();
      return;
    }
    send().catch(() => show(form.dataset.failed));
  });
  fill();
  form.hidden = false;
})();
