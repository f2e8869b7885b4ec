// <button data-of="decision" data-words='{"agree": "…"}'>: says what the chosen radio of that name makes it do.
export function choices() {
  for (const button of document.querySelectorAll("[data-of]")) {
    const words = JSON.parse(button.dataset.words);
    const label = button.querySelector("span");
    const show = () => {
      const chosen = button.form.querySelector(`[name=${button.dataset.of}]:checked`);
      if (chosen) label.textContent = words[chosen.value];
    };
    button.form.addEventListener("change", show);
    addEventListener("pageshow", show);
  }
}
