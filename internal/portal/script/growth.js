// Zooms a growth chart with two fingers, as the links beneath it do with one press. The
// drawing follows the fingers; when they leave it the page asks for the chart between the
// ages that they chose, so that lines and labels are drawn anew.
(() => {
  "use strict";

  const box = document.querySelector("[data-growth]");
  const svg = box && box.querySelector("svg");
  if (!svg) return;
  const number = (name) => Number(box.dataset[name]);
  const [from, to, least, most, left, right] = ["from", "to", "least", "most", "left", "right"].map(number);
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  const shortest = 0.08; // years
  const down = new Map();
  let start = null;

  const apart = () => {
    const [a, b] = [...down.values()];
    return { long: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  // How many times nearer, between what the ages allow.
  const factor = () => {
    const span = to - from;
    return Math.min(span / shortest, Math.max(span / (most - least), apart().long / start.long));
  };
  const follow = () => {
    const f = factor(), r = start.rect;
    const x = (start.x - r.left) / r.width, y = (start.y - r.top) / r.height;
    const [w, h] = [whole[2] / f, whole[3] / f];
    svg.setAttribute("viewBox", [x * (whole[2] - w), y * (whole[3] - h), w, h].join(" "));
  };
  const finish = () => {
    const f = factor(), r = start.rect;
    svg.setAttribute("viewBox", whole.join(" "));
    if (Math.abs(f - 1) < 0.1) return;
    const share = ((start.x - r.left) / r.width - left) / (right - left);
    const age = from + Math.min(1, Math.max(0, share)) * (to - from);
    let a = age - (age - from) / f, b = age + (to - age) / f;
    if (a < least) [a, b] = [least, Math.min(most, b + least - a)];
    if (b > most) [a, b] = [Math.max(least, a - (b - most)), most];
    location.assign(box.dataset.growth.replace("{from}", a.toFixed(2)).replace("{to}", b.toFixed(2)));
  };

  svg.addEventListener("pointerdown", (e) => {
    if (e.pointerType === "mouse" || down.size === 2) return;
    down.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (down.size === 2) start = { ...apart(), rect: svg.getBoundingClientRect() };
  });
  addEventListener("pointermove", (e) => {
    if (!down.has(e.pointerId)) return;
    down.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (start) follow();
  });
  const up = (e) => {
    if (!down.has(e.pointerId)) return;
    if (start && e.type === "pointerup") finish();
    if (start && e.type !== "pointerup") svg.setAttribute("viewBox", whole.join(" "));
    start = null;
    down.delete(e.pointerId);
  };
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
  box.classList.add("bevan-pinch"); // from now on two fingers are ours
})();
