// Draws all values of a test that has very many, when somebody asks for it. The
// page has the newest of them as a drawing and as a table: those stay, and are what
// is printed and what is seen in forced colours.
(() => {
  "use strict";

  const box = document.querySelector("[data-dense]");
  if (!box) return;
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const [button, status, plot, near, zoom] = ["open", "status", "plot", "near", "zoom"].map(part);
  const say = (name, fill = {}) => status.dataset[name].replace(/\{(\w+)\}/g, (_, key) => fill[key]);
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString(document.documentElement.lang, { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
  // Series differ by dash, and by colour as well. Both dark on white.
  const looks = [["#1b4d4a", []], ["#8a3b12", [8, 4]], ["#4a2c6f", [2, 3]]];
  const height = 320; // CSS pixels

  // Buttons do what dragging does, for those who use no mouse.
  const steer = (u, from, to) => {
    const shown = () => [u.scales.x.min, u.scales.x.max];
    const go = (min, max) => u.setScale("x", { min, max });
    const moves = {
      closer: () => { const [a, b] = shown(), q = (b - a) / 4; if (q > 60) go(a + q, b - q); },
      wider: () => { const [a, b] = shown(), h = (b - a) / 2; go(Math.max(from, a - h), Math.min(to, b + h)); },
      earlier: () => { const [a, b] = shown(), s = Math.min((b - a) / 2, a - from); go(a - s, b - s); },
      later: () => { const [a, b] = shown(), s = Math.min((b - a) / 2, to - b); go(a + s, b + s); },
      whole: () => go(from, to),
    };
    for (const b of zoom.querySelectorAll("button")) b.addEventListener("click", moves[b.dataset.zoom]);
    zoom.hidden = false;
  };

  const draw = (uPlot, d) => {
    const series = d.series.map((s, i) => {
      const [stroke, dash] = looks[i % looks.length];
      return { label: s.name, stroke, dash, width: 2, points: { size: 5 } };
    });
    const data = [d.times, ...d.series.map((s) => s.values)];
    for (const edge of [d.low, d.high]) {
      if (!edge || edge.every((v) => v === null)) continue;
      series.push({ label: d.band, stroke: "#4c6272", dash: [4, 4], width: 1, points: { show: false } });
      data.push(edge);
    }
    const axis = { stroke: "#212b32", grid: { stroke: "#d8dde0" }, font: "14px arial, sans-serif" };
    const from = d.times[0], to = d.times[d.times.length - 1];
    plot.hidden = false;
    const u = new uPlot({
      width: plot.clientWidth, height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { points: { show: false } },
      scales: from === to ? { x: { range: [from - 43200, to + 43200] } } : {},
      series: [{}, ...series],
      axes: [axis, { ...axis, size: 70 }],
      hooks: { setCursor: [(u) => {
        const i = u.cursor.idx;
        if (i === null || i === undefined) return;
        const values = d.series.filter((s) => s.values[i] !== null).map((s) => `${s.name}: ${s.values[i]} ${d.unit}`);
        if (values.length) near.textContent = `${day(d.times[i])}. ${values.join(", ")}`;
      }] },
    }, data, plot);
    addEventListener("resize", () => u.setSize({ width: plot.clientWidth, height }));
    if (from < to) steer(u, from, to);
    const says = [say("drawn", { n: d.count, from: day(from), to: day(to) })];
    if (d.more) says.push(say("cut"));
    if (d.left) says.push(say("left", { left: d.left }));
    status.textContent = says.join(" ");
    plot.setAttribute("aria-label", `${d.name}, ${d.unit}. ${says[0]}`);
    near.hidden = false;
    button.hidden = true;
    document.querySelector(".bevan-figure").classList.add("bevan-figure-drawn");
    status.focus();
  };

  let busy = false;
  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    status.textContent = say("works");
    try {
      let uPlot;
      try {
        ({ default: uPlot } = await import(box.dataset.draw));
      } catch {
        status.textContent = say("old");
        return;
      }
      try {
        const response = await fetch(box.dataset.dense, { credentials: "same-origin", redirect: "manual" });
        if (!response.ok) throw new Error();
        const d = await response.json();
        if (!d.count) throw new Error();
        draw(uPlot, d);
      } catch {
        status.textContent = say("away");
      }
    } finally {
      busy = false;
    }
  });
  box.hidden = false;
})();
