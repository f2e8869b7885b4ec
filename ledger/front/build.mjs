// Bundles what browsers load into ledger/static/dist. Names carry a hash of the content, so that they can be
// cached for ever; manifest.json tells the application which is which.
import { build } from "esbuild";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const dist = "../static/dist";
rmSync(dist, { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: [
    "src/theme.js", "src/ledger.js", "src/sign.js", "src/scan/scan.js", "src/scan/decoder.js",
    "src/sw.js",
    "src/ledger.css", "src/icons.svg", "src/favicon.svg",
  ],
  absWorkingDir: process.cwd(),
  outdir: dist,
  entryNames: "[name].[hash]",
  assetNames: "[name].[hash]",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2018", "chrome83"], // esbuild lowers syntax only: newer functions of browsers must not be used at all
  loader: { ".svg": "copy", ".wasm": "file" },
  legalComments: "none",
  metafile: true,
});

const manifest = {};
for (const [path, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
  manifest[basename(entryPoint || Object.keys(inputs)[0])] = basename(path);
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content));
}
writeFileSync(`${dist}/manifest.json`, JSON.stringify(manifest, null, 1));
