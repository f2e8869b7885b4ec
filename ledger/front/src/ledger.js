// What the pages do beyond HTML. Everything works without it, only less comfortably.
import { choices } from "./choices.js";
import { copyButtons } from "./copy.js";
import { countForms } from "./count.js";
import { fileDrops } from "./drops.js";
import { errorSummary, guardSubmits, warnUnsaved } from "./forms.js";
import { listKeys } from "./keys.js";
import { closingMenus } from "./menus.js";
import { shrinkPhotos } from "./photos.js";
import { picks } from "./picks.js";
import { polls } from "./polls.js";
import { printButtons } from "./print.js";
import { themeButtons } from "./theme-choice.js";

themeButtons();
closingMenus();
guardSubmits();
warnUnsaved();
errorSummary();
fileDrops();
copyButtons();
listKeys();
choices();
picks();
polls();
printButtons();
shrinkPhotos();
countForms();
