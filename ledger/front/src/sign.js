// <div data-sign> with a canvas, a button and a hidden input: what is drawn is sent as points, as JSON; the picture is made
// on the server. Points are in the measure of a sheet of fixed size, so that turning the device changes none of them.
import SignaturePad from "signature_pad";

const WIDTH = 640;
const HEIGHT = 240;

class Sheet {
  constructor(box) {
    this.canvas = box.querySelector("canvas");
    this.input = box.querySelector("input");
    this.pad = new SignaturePad(this.canvas, { penColor: "#000", minWidth: 0.8, maxWidth: 2.6 });
    this.strokes = this.input.value ? JSON.parse(this.input.value).strokes : []; // the form may have come back
    this.pad.addEventListener("endStroke", () => this.add());
    box.querySelector("button").addEventListener("click", () => this.clear());
    new ResizeObserver(() => this.fit()).observe(this.canvas); // also when it is shown at first
  }

  get scale() {
    return this.canvas.offsetWidth / WIDTH;
  }

  // A canvas that changes its size is wiped, and one that ignores the screen's density is blurred.
  fit() {
    const density = Math.max(devicePixelRatio, 1);
    this.canvas.width = this.canvas.offsetWidth * density;
    this.canvas.height = this.canvas.offsetHeight * density;
    this.canvas.getContext("2d").scale(density, density);
    const scaled = (stroke) => stroke.map(([x, y, time, pressure]) => ({ x: x * this.scale, y: y * this.scale, time, pressure }));
    this.pad.fromData(this.strokes.map((stroke) => ({ penColor: "#000", minWidth: 0.8, maxWidth: 2.6, points: scaled(stroke) })));
  }

  add() {
    const { points } = this.pad.toData().pop();
    this.strokes.push(points.map(({ x, y, time, pressure }) => [
      within(x / this.scale, WIDTH), within(y / this.scale, HEIGHT), Math.round(time), Math.round(pressure * 100) / 100,
    ]));
    this.input.value = JSON.stringify({ width: WIDTH, height: HEIGHT, strokes: this.strokes });
  }

  clear() {
    this.strokes = [];
    this.input.value = "";
    this.fit();
  }
}

// A finger that slides off the sheet draws along its edge.
function within(value, most) {
  return Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
}

for (const box of document.querySelectorAll("[data-sign]")) new Sheet(box);
