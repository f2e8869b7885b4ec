// Pictures from the scanning screen: made small and hashed here, kept in the queue like scans, uploaded when there is a network.
import { shrunk } from "../photos.js";
import { moment } from "./device.js";

// Calls fail(word) for a picture that could not be kept.
export function pictures(screen, { queue, event, channel, post, fail }) {
  const field = screen.find("picture");
  const shows = screen.find("picture-stage");
  field.addEventListener("change", async () => {
    const files = Array.from(field.files);
    field.value = "";
    const subject = [shows.selectedOptions[0].text, post.runName].filter(Boolean).join(" · ");
    for (const file of files) {
      try {
        const picture = await shrunk(file).catch(() => file);
        const body = { at: moment(), stage: shows.value, subject, sha256: await sha256(picture), ...post.run };
        await queue.add({ channel, about: `pictures:${event}`, body, once: { picture: await base64(picture) } });
        screen.say("ok", "picture", [subject]);
      } catch (error) {
        fail(error.name === "QuotaExceededError" ? "no-room" : "not-kept");
      }
    }
  });
}

// Resolves to null where the browser computes none: pages by plain http.
async function sha256(file) {
  if (!self.crypto || !crypto.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await new Response(file).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
