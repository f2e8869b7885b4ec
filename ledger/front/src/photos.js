// <input type="file" accept="image/*" data-shrink>: photos are sent as upright JPEGs of at most 1600 pixels a side,
// without what cameras write into them about place and device. What cannot be read is sent as it is.
import { drawn } from "./picture.js";

const MOST = 1600;
const QUALITY = 0.82;

export function shrinkPhotos() {
  for (const input of document.querySelectorAll("input[data-shrink]")) {
    input.addEventListener("change", async () => {
      const buttons = Array.from(input.form.querySelectorAll("[type=submit]"), (button) => [button, button.disabled]);
      for (const [button] of buttons) button.disabled = true; // until the smaller ones are in their place
      await replace(input).catch(() => {});
      for (const [button, wasDisabled] of buttons) button.disabled = wasDisabled;
    });
  }
}

async function replace(input) {
  const chosen = new DataTransfer(); // Safari before 14.1 cannot make one: it sends the originals
  for (const file of input.files) chosen.items.add(await shrunk(file).catch(() => file));
  input.files = chosen.files;
}

export async function shrunk(file) {
  const canvas = await drawn(file, MOST);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
}
