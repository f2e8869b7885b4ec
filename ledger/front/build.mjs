// Bundles what browsers load into ledger/static/dist. Names carry a hash of the content, so that they can be
// cached for ever; manifest.json tells the application which is which.
import { build } from "esbuild";
import { createHash } from "node:crypto";
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
}
manifest["verify.html"] = await buildVerifier();
for (const name of Object.values(manifest)) {
  const path = `${dist}/${name}`;
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content));
}
writeFileSync(`${dist}/manifest.json`, JSON.stringify(manifest, null, 1));

// The page that checks manifests is one file that is opened from a disk, so script and style stand in it. Its policy names
// just these by their hashes, and allows no connection at all.
async function buildVerifier() {
  const { outputFiles } = await build({
    entryPoints: ["src/verify/page.js", "src/verify/verify.css"],
    outdir: dist,
    write: false,
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "iife",
    target: ["es2020", "chrome83"], // the first with big integers
    legalComments: "none",
  });
  const [script, style] = [".js", ".css"].map((kind) => outputFiles.find((file) => file.path.endsWith(kind)).text.trim());
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const parts = { POLICY: policy, STYLE: style, SCRIPT: script };
  const page = readFileSync("src/verify/verify.html", "utf8").replace(/POLICY|STYLE|SCRIPT/g, (word) => parts[word]);
  const name = `verify.${createHash("sha256").update(page).digest("hex").slice(0, 8).toUpperCase()}.html`;
  writeFileSync(`${dist}/${name}`, page);
  return name;
}
