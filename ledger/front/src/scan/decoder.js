// A worker, and the only place that holds the decoder: its own answer may compile WebAssembly, the page may not.
// Is given {image, isHard} and answers {texts} or {failed}.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm";

const HARD_EVERY = 3; // frames are also looked at turned, inverted and reduced, which takes longer
let frames = 0;

prepareZXingModule({
  overrides: { locateFile: () => new URL(wasm, self.location.href).href },
  fireImmediately: true,
}).catch((error) => postMessage({ failed: String(error) }));

onmessage = async ({ data: { image, isHard = ++frames % HARD_EVERY === 0 } }) => {
  try {
    const found = await readBarcodes(image, {
      formats: ["QRCode"],
      maxNumberOfSymbols: 4,
      tryHarder: isHard,
      tryRotate: isHard,
      tryInvert: isHard,
      tryDownscale: isHard,
    });
    postMessage({ texts: found.filter(({ isValid }) => isValid).map(({ text }) => text) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
