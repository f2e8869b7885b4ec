// Runs before the page is painted, so that nobody who wants it dark sees it light first.
import { show } from "./theme-choice.js";

document.documentElement.classList.add("js");
show();
