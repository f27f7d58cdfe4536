// Bundles the pages' files into src/fanzha/faces/common/static/ under names that hold their content's hash, and writes manifest.json.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

import { buildRegions } from "./regions.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const out = path.resolve(root, "../src/fanzha/faces/common/static");
const DAY = 86_400_000;
const KEEP = new Set(["maps", "manifest.json"]);

async function bundle(entryPoints, options = {}) {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: out,
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    legalComments: "linked",
    metafile: true,
    target: ["chrome109", "firefox115", "safari16"],
    logLevel: "warning",
    ...options,
  });
  const names = {};
  for (const [file, info] of Object.entries(result.metafile.outputs)) {
    if (!info.entryPoint) continue;
    names[path.basename(info.entryPoint).replace(/\.ts$/, ".js")] = path.basename(file);
  }
  return names;
}

async function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const { name: stem, ext } = path.parse(name);
  const file = `${stem}-${hash}${ext}`;
  await writeFile(path.join(out, file), content);
  return { [name]: file };
}

async function sprite(icons) {
  const symbols = await Promise.all(
    icons.map(async (name) => {
      const svg = await readFile(path.join(root, "node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
      const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/\s*\n\s*/g, "");
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

// A server that is running still names the files of the build before: they go a day later.
async function removeStale(before, names) {
  const fresh = new Set(Object.values(names).flatMap((file) => [file, `${file}.LEGAL.txt`]));
  for (const file of before.filter((one) => !fresh.has(one) && !KEEP.has(one))) {
    const old = path.join(out, file);
    if (Date.now() - (await stat(old)).mtimeMs > DAY) await rm(old, { recursive: true });
  }
}

async function main() {
  await mkdir(out, { recursive: true });
  const before = await readdir(out);
  const icons = (await readFile(path.join(root, "icons.txt"), "utf8")).split("\n").filter(Boolean);
  const files = Object.assign(
    {},
    await bundle(["src/app.ts", "src/islands/charts.ts", "src/islands/graph.ts"], { format: "esm" }),
    await bundle(["src/theme.ts"], { format: "iife" }),
    await bundle(["css/app.css"]),
    await write("icons.svg", await sprite(icons)),
    await write("favicon.svg", await readFile(path.join(root, "favicon.svg"))),
  );
  await writeFile(path.join(out, "manifest.json.new"), JSON.stringify({ files, icons }, null, 1));
  await rename(path.join(out, "manifest.json.new"), path.join(out, "manifest.json"));
  await removeStale(before, files);
  await buildRegions();
}

await main();
