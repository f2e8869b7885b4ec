// The camera and the decoder. Centre squares of its frames go to the decoder, one at a time; so do still photos.
import { drawn } from "../picture.js";

const PATIENCE = 8000; // some browsers never say whether there will be a picture
const SIDE = 720;
const PHOTO = 2000;
const WITHOUT_CALLBACKS = 100;

export class Camera {
  // found(text) is called for every code that is read, as often as it is seen.
  constructor(video, decoder, found) {
    this.video = video;
    this.found = found;
    this.canvas = document.createElement("canvas");
    this.brush = this.canvas.getContext("2d", { willReadFrequently: true });
    this.worker = new Worker(decoder); // made at once, so that it is ready when somebody taps
    this.worker.onmessage = ({ data }) => this.decoded(data);
  }

  // Opens the camera with this id, or the one at the back. Rejects with the browser's error, or TimeoutError.
  async start(id) {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
    const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } };
    this.id = id;
    this.stream = await inTime(navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } }));
    [this.track] = this.stream.getVideoTracks();
    this.video.srcObject = this.stream;
    await this.video.play();
    const can = this.track.getCapabilities ? this.track.getCapabilities() : {};
    this.hasTorch = Boolean(can.torch);
    if (this.hasTorch && this.isLit) this.ask({ torch: true });
    if (can.focusMode && can.focusMode.includes("continuous")) this.ask({ focusMode: "continuous" });
    this.isOn = true;
    this.look();
  }

  stop() {
    this.isOn = false;
    if (this.stream) this.stream.getTracks().forEach((track) => track.stop());
    this.video.srcObject = null;
  }

  // After a phone was locked its stream may be dead although the page was told nothing.
  async revive() {
    if (!this.isOn || this.isReviving || (this.track.readyState === "live" && !this.track.muted)) return;
    this.isReviving = true;
    this.stop();
    await this.start(this.id).finally(() => { this.isReviving = false; });
  }

  // Returns the cameras of this device as [{id, label}]; browsers name them once one is open.
  async choices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => ({ id: deviceId, label }));
  }

  // Lights, now and whenever it is opened again, or no longer.
  light(isOn) {
    this.isLit = isOn;
    if (this.isOn) this.ask({ torch: isOn });
  }

  // Reads a still photo; resolves to the texts found in it.
  async read(file) {
    const canvas = await drawn(file, PHOTO);
    const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => {
      this.answerPhoto = resolve;
      this.hand(image, true);
    });
  }

  ask(wish) {
    return this.track.applyConstraints({ advanced: [wish] }).catch(() => {}); // a wish, not needed
  }

  look() {
    if (!this.isOn) return;
    const again = () => this.look();
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(again);
    else setTimeout(again, WITHOUT_CALLBACKS);
    if (this.isBusy || this.answerPhoto || document.hidden || this.video.readyState < 2) return;
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    const out = Math.min(side, SIDE);
    this.canvas.width = this.canvas.height = out;
    this.brush.drawImage(this.video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, out, out);
    this.isBusy = true;
    this.hand(this.brush.getImageData(0, 0, out, out));
  }

  hand(image, isHard) {
    this.worker.postMessage({ image, isHard }, [image.data.buffer]);
  }

  decoded({ texts = [] }) {
    if (!this.isBusy && this.answerPhoto) {
      this.answerPhoto(texts);
      this.answerPhoto = null;
      return;
    }
    this.isBusy = false;
    texts.forEach(this.found);
  }
}

async function inTime(opening) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no picture"), { name: "TimeoutError" })), PATIENCE);
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    opening.then((stream) => stream.getTracks().forEach((track) => track.stop()), () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
