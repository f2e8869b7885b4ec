// Where the person stands: the stage, and what goes along with each scan there (vehicle, run, seal, weight).
const SHOWN = { load: "loading", receive: "arrival", destroy: "destruction" };
const WEIGHT = /^\d{1,6}(\.\d{1,3})?$/;

export class Post {
  constructor(screen, device) {
    this.screen = screen;
    this.form = screen.find("post");
    const stage = new URLSearchParams(location.search).get("stage"); // the page may have been kept at another one
    const asked = this.tabs.find(({ value }) => value === stage);
    if (asked) asked.checked = true;
    for (const field of [this.form.elements.vehicle, this.form.elements.gross_kg]) {
      field.addEventListener("keydown", ({ key }) => key === "Enter" && screen.find("entry").focus());
    }
    for (const tab of this.tabs) tab.addEventListener("change", () => this.move());
    this.form.elements.vehicle.value = device.recall("vehicle") || "";
    this.form.elements.vehicle.addEventListener("change", () => device.remember("vehicle", this.vehicle));
    this.move();
  }

  get tabs() {
    return Array.from(this.form.elements).filter(({ name }) => name === "stage");
  }

  get stage() {
    return this.tabs.find(({ checked }) => checked).value;
  }

  get vehicle() {
    return this.form.elements.vehicle.value.normalize("NFKC").trim().toUpperCase();
  }

  get weight() {
    return this.form.elements.gross_kg.value.normalize("NFKC").trim().replace(",", ".");
  }

  move() {
    for (const part of this.screen.root.querySelectorAll("[data-at-stage]")) part.hidden = part.dataset.atStage !== this.stage;
    this.screen.find("picture-stage").value = SHOWN[this.stage];
    this.screen.show(this.stage);
  }

  // Offers the runs that are open now.
  offer(runs) {
    const { run } = this.form.elements;
    const options = runs.map(({ number, site, method }) => new Option(
      `${this.screen.word("run").replace("{n}", number)} · ${site} · ${method}`, number,
    ));
    if (runs.length !== 1) options.unshift(new Option(this.screen.word(runs.length ? "choose-run" : "no-run-yet"), ""));
    const chosen = run.value;
    run.textContent = "";
    for (const option of options) run.add(option);
    if (options.some(({ value }) => value === chosen)) run.value = chosen;
  }

  // The run that is chosen at destruction, as part of a record and in words.
  get run() {
    const { run } = this.form.elements;
    return this.stage === "destroy" && run.value ? { run: Number(run.value) } : {};
  }

  get runName() {
    return "run" in this.run ? this.screen.word("run").replace("{n}", this.run.run) : "";
  }

  // Returns the name of what is missing or wrong, or null.
  fault() {
    if (this.weight && !WEIGHT.test(this.weight)) return "bad-weight";
    return this.stage === "destroy" && !this.form.elements.run.value ? "no-run" : null;
  }

  facts() {
    const { seal } = this.form.elements;
    return {
      stage: this.stage,
      seal: seal.value,
      ...(this.weight && { gross_kg: this.weight }),
      ...(this.stage === "load" && this.vehicle && { vehicle: this.vehicle }),
      ...this.run,
    };
  }

  // The next batch has a seal and a weight of its own.
  next() {
    this.form.elements.seal.value = "whole";
    this.form.elements.gross_kg.value = "";
  }
}
