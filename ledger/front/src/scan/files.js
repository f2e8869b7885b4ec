// The last resort: what is not uploaded, as a file, to be taken in by another device of the event that has a network.
import { moment } from "./device.js";

const KIND = "ledger-scans";

// Calls fail(word) for a file that holds no scans of this event.
export function files(screen, { queue, about, channel, device, event, fail }) {
  const link = document.createElement("a");
  screen.find("save").addEventListener("click", async () => {
    const records = (await queue.waiting()).filter((record) => record.about === about);
    const scans = records.map(({ id, seq, body }) => ({ ...body, id, seq }));
    const content = JSON.stringify({ kind: KIND, device: device.id, now: moment(), event, scans }, null, 1);
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = `${KIND}-${event}-${moment().slice(0, 19).replace(/\D/g, "")}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  });
  const field = screen.find("take-in");
  field.addEventListener("change", async () => {
    const text = await new Response(field.files[0]).text();
    field.value = "";
    const { kind, scans } = contentOf(text);
    if (kind !== KIND || !Array.isArray(scans) || !scans.every((scan) => scan.event === event)) return fail("no-scans");
    for (const { id, seq, ...body } of scans) await queue.add({ id, channel, about, body });
    screen.say("waiting", null, [screen.word("taken-in").replace("{n}", scans.length)]);
  });
}

function contentOf(text) {
  try {
    return JSON.parse(text) || {};
  } catch (error) {
    return {};
  }
}
