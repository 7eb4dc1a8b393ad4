// Checks a receipt in the page that gives it, or a file that somebody kept, and
// says in the page's own sentences what was proved or what does not hold. The
// check itself is receipt.js, which needs nothing from the network.
(() => {
  "use strict";

  const page = document.querySelector("[data-receipt]");
  if (!page) return;
  const { receipt, verifier, key, witnesses, entry } = page.dataset;
  const input = document.getElementById("key");
  const file = document.getElementById("file");
  const most = 64 * 1024 * 1024; // bytes of a file

  // Shows one of the answers, with the sentences of it that apply, and puts the
  // focus on it.
  const say = (name, which = [], fill = {}) => {
    let shown;
    for (const e of page.querySelectorAll("[data-say]")) {
      e.hidden = e.dataset.say !== name;
      if (!e.hidden) shown = e;
    }
    if (!shown) return;
    for (const e of shown.querySelectorAll("[data-if]")) e.hidden = !which.includes(e.dataset.if);
    for (const e of shown.querySelectorAll("[data-fill]")) e.textContent = fill[e.dataset.fill] ?? "";
    if (shown.tabIndex === -1 && shown.hasAttribute("tabindex")) shown.focus();
  };

  // What does not hold, by what the verifier says of it. The first that fits.
  const kinds = [
    [/^this is no key/, "key"],
    [/another format|value is missing|wrong size|number is not one|atob|decoded/i, "file"],
    [/^entry \d+ is n/, "entry"],
    [/wrong order/, "order"],
    [/witness/, "witness"],
    [/checkpoint/, "signature"],
    [/map of persons|place in the map|number of entries/, "map"],
    [/list is not|proof is too/, "count"],
  ];
  const meaning = (text) => (kinds.find(([sign]) => sign.test(text)) || ["", "file"])[1];

  const day = (seconds) => new Date(seconds * 1000).toLocaleString(document.documentElement.lang);
  // An entry begins with its number, its person and its time in microseconds.
  const number = (e, at) => new DataView(e.buffer, e.byteOffset).getBigUint64(at);

  const good = (list, res, typed) => {
    const which = [typed ? "yourkey" : "ourkey", res.seen.length ? "seen" : "unseen"];
    const fill = { entries: list.entries.length, size: res.size, bare: res.erased,
      seen: res.seen.map((s) => `${s.name} (${day(s.at)})`).join(", ") };
    if (res.erased) which.push("bare");
    if (entry) {
      const i = res.entries.findIndex((e) => e && e.length >= 24 && number(e, 0) === BigInt(entry));
      if (i >= 0) {
        which.push("place");
        fill.place = list.entries[i].index;
        fill.at = day(Number(number(res.entries[i], 16) / 1000000n));
      } else {
        which.push(res.erased ? "therebare" : "notthere");
      }
    }
    say("good", which, fill);
  };

  const check = async (text) => {
    let verify;
    try {
      ({ verifyReceipt: verify } = await import(verifier));
      await crypto.subtle.importKey("raw", new Uint8Array(32).fill(9), "Ed25519", false, ["verify"]);
    } catch {
      return say("old");
    }
    const typed = input.value.trim();
    if (!/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/.test(typed)) return say("bad", ["key"]);
    try {
      const list = JSON.parse(text);
      const res = await verify(list, typed, witnesses ? witnesses.split(" ") : []);
      good(list, res, typed !== key);
    } catch (error) {
      const kind = error instanceof Error && !(error instanceof SyntaxError) ? meaning(error.message) : "file";
      say("bad", [kind], { wrong: (/^entry (\d+)/.exec(error.message) || [])[1] });
    }
  };

  let busy = false;
  const once = async (get) => {
    if (busy) return;
    busy = true;
    say("works");
    try {
      const text = await get();
      if (text === null) say("away");
      else await check(text);
    } finally {
      busy = false;
    }
  };

  document.getElementById("button").addEventListener("click", () => once(async () => {
    try {
      const response = await fetch(receipt, { credentials: "same-origin", redirect: "manual" });
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }));
  file.addEventListener("change", () => {
    const chosen = file.files[0];
    file.value = "";
    if (chosen) once(async () => (chosen.size > most ? "" : chosen.text()));
  });
  page.querySelector("[data-script]").hidden = false;
})();
