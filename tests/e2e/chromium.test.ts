import { endToEnd } from "./suites/all.ts";
import { startChromium } from "./support/browsers.ts";

endToEnd("Chromium", startChromium);
