// Builds what the pages are dressed with into ../dist. Run through `make assets`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "dist");
mkdirSync(dist, { recursive: true });

let { css } = sass.compile(join(here, "bevan.scss"), {
  style: "compressed",
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
});

// The icons are small: they go into the style sheet, and no page asks for more
// than one file.
const images = join(here, "node_modules", "nhsuk-frontend", "dist", "nhsuk", "assets", "images");
css = css.replace(/url\("\/assets\/images\/([a-z-]+\.svg)"\)/g, (_, name) => {
  const svg = readFileSync(join(images, name)).toString("base64");
  return `url("data:image/svg+xml;base64,${svg}")`;
});
css = mirrored(css);
const outside = css.match(/url\((?!"data:)[^)]*\)|@import/g);
if (outside) {
  throw new Error(`the style sheet would ask for: ${outside.join(", ").slice(0, 200)}`);
}
// What draws very many values. It lays its parts out from the left, whatever the
// page's direction is, so its own few rules are not turned round.
const plot = join(here, "node_modules", "uplot", "dist");
css += readFileSync(join(plot, "uPlot.min.css"));
writeFileSync(join(dist, "uplot.js"), readFileSync(join(plot, "uPlot.iife.min.js"), "utf8") + "\nexport default uPlot;\n");
writeFileSync(join(dist, "bevan.css"), css);

// mirrored writes what lies left and right as what comes at the start and at the
// end of a line, so that pages in a language that is read from right to left are
// laid out the other way round by dir="rtl" alone. A float keeps its old form
// before the new one, which browsers of before 2023 do not know.
function mirrored(css) {
  return css
    .replace(/(?<=[{;])(margin|padding)-(left|right):/g, (_, what, side) => `${what}-inline-${edge(side)}:`)
    .replace(/(?<=[{;])border-(left|right)(-width|-color|-style)?:/g, (_, side, part = "") => `border-inline-${edge(side)}${part}:`)
    .replace(/(?<=[{;])(left|right):/g, (_, side) => `inset-inline-${edge(side)}:`)
    .replace(/(?<=[{;])text-align:(left|right)/g, (_, side) => `text-align:${edge(side)}`)
    .replace(/(?<=[{;])float:(left|right)/g, (_, side) => `float:${side};float:inline-${edge(side)}`)
    .replace(/(?<=[{;])(margin|padding):([^;}\s]+) ([^;}\s]+) ([^;}\s]+) ([^;}\s]+)(?=[;}])/g, (all, what, top, right, bottom, left) =>
      right === left ? all : `${what}-block:${top} ${bottom};${what}-inline:${left} ${right}`);
}

function edge(side) {
  return side === "left" ? "start" : "end";
}
