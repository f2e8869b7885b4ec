// The part of the scanning page around the camera: starting it, choosing one, its light, still photos, what went wrong.
// Which camera was chosen and whether it was lit is remembered.
import { Camera } from "./camera.js";

const IN_VIEW = 3000;
const FAULTS = { NotAllowedError: "forbidden", TimeoutError: "silent", NotFoundError: "missing", OverconstrainedError: "missing" };

// Calls take(text) once for each code that comes into view, and fail(word) where there is no picture or no code in it.
export function finder(screen, device, { take, fail }) {
  const box = screen.find("finder");
  const start = screen.find("start");
  const torch = screen.find("torch");
  const choice = screen.find("cameras");
  const photo = screen.find("photo");
  const camera = new Camera(box.querySelector("video"), box.dataset.decoder, unlessInView(take));

  const open = async (id) => {
    box.dataset.state = "opening";
    try {
      await started(camera, id);
      box.dataset.state = "open";
      torch.hidden = !camera.hasTorch;
      await offer(choice, camera);
      stayAwake();
    } catch (error) {
      camera.stop();
      box.dataset.state = "closed";
      fail(FAULTS[error.name] || "broken");
    }
  };
  start.addEventListener("click", () => open(device.recall("camera")));
  screen.find("close").addEventListener("click", () => {
    camera.stop();
    box.dataset.state = "closed";
    start.focus();
  });
  choice.addEventListener("change", () => {
    camera.stop();
    open(device.remember("camera", choice.value));
  });
  const light = (isOn) => {
    camera.light(isOn);
    torch.setAttribute("aria-pressed", isOn);
  };
  light(device.recall("light") === "true");
  torch.addEventListener("click", () => light(device.remember("light", !camera.isLit)));
  photo.addEventListener("change", async () => {
    const texts = await camera.read(photo.files[0]).catch(() => []);
    photo.value = "";
    if (texts.length) texts.forEach(take);
    else fail("no-code");
  });
  const back = () => {
    if (document.hidden || !camera.isOn) return;
    camera.revive().catch(() => open(camera.id));
    stayAwake();
  };
  for (const name of ["focus", "pageshow"]) addEventListener(name, back); // iOS need not tell of a changed visibility
  document.addEventListener("visibilitychange", back);
}

async function started(camera, id) {
  if (!navigator.mediaDevices) throw Object.assign(new Error("not over https"), { name: "NotFoundError" });
  try {
    await camera.start(id);
  } catch (error) {
    if (!id || error.name !== "OverconstrainedError") throw error;
    await camera.start(); // the one chosen last time is not there today
  }
}

async function offer(choice, camera) {
  const cameras = await camera.choices();
  choice.hidden = cameras.length < 2;
  choice.textContent = "";
  for (const { id, label } of cameras) choice.add(new Option(label, id));
  choice.value = camera.track.getSettings().deviceId;
}

// A label that stays in view is one scan, not twenty-five a second.
function unlessInView(take) {
  const taken = new Map();
  return (text) => {
    if (performance.now() - taken.get(text) < IN_VIEW) return;
    taken.set(text, performance.now());
    take(text);
  };
}

function stayAwake() {
  if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(() => {}); // refused on a low battery
}
