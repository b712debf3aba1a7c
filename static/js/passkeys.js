// Passkeys: a button asks the browser to make one or to prove one, and its form sends the answer.
(() => {
  "use strict";
  const known = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

  const readOptions = async (button) => {
    const place = document.getElementById(button.dataset.options);
    if (place) return JSON.parse(place.textContent);
    const answer = await fetch(button.form.action, { headers: { Accept: "application/json" } });
    return answer.json();
  };

  const ask = async (button) => {
    const options = await readOptions(button);
    if (button.dataset.passkey === "create") {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.creation_options.publicKey);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey);
    return navigator.credentials.get({ publicKey });
  };

  for (const button of document.querySelectorAll("button[data-passkey]")) {
    const problem = button.form.querySelector("[role=alert]");
    const tell = (words) => {
      problem.textContent = words;
      problem.hidden = false;
    };
    if (!known) {
      tell(problem.dataset.missing);
      continue;
    }
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        const credential = await ask(button);
        button.form.elements.credential.value = JSON.stringify(credential);
        button.form.submit();
      } catch {
        // Refused by the person, timed out, or unknown here: the browser has said which.
        tell(problem.dataset.failed);
      }
    });
  }
})();
