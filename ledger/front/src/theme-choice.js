// Light or dark: the person's choice on this device, or else the device's own.
const KEY = "theme";
const device = matchMedia("(prefers-color-scheme: dark)");

function ofDevice() {
  return device.matches ? "dark" : "light";
}

function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch (error) {
    return null; // storage is forbidden: follow the device
  }
}

export function show() {
  document.documentElement.dataset.bsTheme = chosen() || ofDevice();
}

function choose(theme) {
  try {
    if (theme === ofDevice()) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch (error) {
    // not kept; shown all the same
  }
  document.documentElement.dataset.bsTheme = theme;
}

// <button data-theme-to="dark">
export function themeButtons() {
  for (const button of document.querySelectorAll("[data-theme-to]")) {
    button.addEventListener("click", () => choose(button.dataset.themeTo));
  }
  const changed = () => chosen() || show();
  if (device.addEventListener) device.addEventListener("change", changed);
  else device.addListener(changed); // Safari before 14
}
