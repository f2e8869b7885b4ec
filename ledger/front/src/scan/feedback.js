// What a verdict sounds and feels like: nobody looks at the screen all the time. Tones are [hertz, from, to] in seconds.
const SIGNALS = {
  ok: { tones: [[1760, 0, 0.09]], buzz: [60] },
  voided: { tones: [[1320, 0, 0.09], [880, 0.12, 0.21]], buzz: [60, 40, 60] },
  repeat: { tones: [[700, 0, 0.12], [700, 0.18, 0.3]], buzz: [80, 60, 80] },
  waiting: { tones: [[880, 0, 0.1], [1175, 0.12, 0.22]], buzz: [40, 40, 120] },
  late: { tones: [[520, 0, 0.25]], buzz: [150] },
  refused: { tones: [[220, 0, 0.5]], buzz: [400] },
  unknown: { tones: [[330, 0, 0.12], [330, 0.18, 0.3], [330, 0.36, 0.48]], buzz: [120, 60, 120, 60, 120] },
};
let isTouched = false;
let audio;
let freeAt = 0;

// Must be called while a tap or a key press is handled: until then browsers stay silent.
export function unlockSound() {
  isTouched = true;
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!Audio) return;
  audio = audio || new Audio();
  if (audio.state !== "running") audio.resume().catch(() => {}); // iOS also says “interrupted”
}

export function signal(verdict) {
  const { tones, buzz } = SIGNALS[verdict];
  if (isTouched && navigator.vibrate) navigator.vibrate(buzz);
  if (!audio || audio.state !== "running") return;
  const start = Math.max(audio.currentTime, freeAt); // verdicts that come fast are heard one after the other
  for (const [hertz, from, to] of tones) play(hertz, start + from, start + to);
  freeAt = start + tones[tones.length - 1][2] + 0.08;
}

function play(hertz, from, to) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "square";
  tone.frequency.value = hertz;
  volume.gain.value = 0.2;
  tone.connect(volume).connect(audio.destination);
  tone.start(from);
  tone.stop(to);
}
