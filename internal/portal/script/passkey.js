// The one thing that pages can not do without a script: ask for a passkey.
// A form with data-passkey is held back until the passkey has answered; the
// answer goes into a hidden field, and the form is sent like any other.
(() => {
  "use strict";

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const toText = (buffer) => {
    let plain = "";
    for (const b of new Uint8Array(buffer)) plain += String.fromCharCode(b);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  // Browsers want bytes where JSON has text.
  const unpack = (o) => {
    const key = { ...o, challenge: toBytes(o.challenge) };
    if (o.user) key.user = { ...o.user, id: toBytes(o.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (o[list]) key[list] = o[list].map((c) => ({ ...c, id: toBytes(c.id) }));
    }
    return key;
  };
  const pack = (c) => {
    const r = c.response;
    const said = { clientDataJSON: toText(r.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (r[part]) said[part] = toText(r[part]);
    }
    if (r.getTransports) said.transports = r.getTransports();
    return JSON.stringify({
      id: c.id, rawId: toText(c.rawId), type: c.type, response: said,
      authenticatorAttachment: c.authenticatorAttachment || undefined,
      clientExtensionResults: c.getClientExtensionResults(),
    });
  };

  // Says one of the sentences that the page brought along, and puts the focus
  // on it.
  const say = (form, name) => {
    for (const e of form.querySelectorAll("[data-say]")) e.hidden = e.dataset.say !== name;
    const shown = name && form.querySelector(`[data-say="${name}"]`);
    if (shown) shown.focus();
  };
  const meaning = (error) => {
    switch (error.name) {
      case "InvalidStateError": return "known";
      case "NotSupportedError": case "SecurityError": return "old";
    }
    return "cancelled";
  };

  // What was begun stays good for some minutes: whoever shuts the dialog and
  // presses the button again goes on with it.
  const patience = 4 * 60 * 1000;
  const begun = new WeakMap();
  const begin = async (form) => {
    const fields = new URLSearchParams(new FormData(form)).toString();
    const last = begun.get(form);
    if (last && last.fields === fields && Date.now() - last.at < patience) return last.ceremony;
    const response = await fetch(form.dataset.begin, {
      method: "POST", body: fields, credentials: "same-origin", redirect: "manual",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    if (!response.ok) return null;
    const ceremony = await response.json();
    begun.set(form, { at: Date.now(), fields, ceremony });
    return ceremony;
  };

  const use = async (form) => {
    if (!window.PublicKeyCredential) return say(form, "old");
    let ceremony;
    try {
      ceremony = await begin(form);
    } catch {
      return say(form, "broken");
    }
    if (!ceremony) return form.submit(); // refused: the page will say why
    const options = { publicKey: unpack(ceremony.options.publicKey) };
    let answer;
    try {
      answer = await navigator.credentials[form.dataset.passkey](options);
    } catch (error) {
      return say(form, meaning(error));
    }
    if (!answer) return say(form, "cancelled");
    form.elements.ceremony.value = ceremony.id;
    form.elements.answer.value = pack(answer);
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    let busy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      say(form, "");
      form.elements.ceremony.value = form.elements.answer.value = "";
      try {
        await use(form);
      } finally {
        busy = false;
      }
    });
  }
})();
