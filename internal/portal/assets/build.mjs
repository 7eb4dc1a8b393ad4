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
const outside = css.match(/url\((?!"data:)[^)]*\)|@import/g);
if (outside) {
  throw new Error(`the style sheet would ask for: ${outside.join(", ").slice(0, 200)}`);
}
writeFileSync(join(dist, "bevan.css"), css);
