import { endToEnd } from "./suites/all.ts";
import { startFirefox } from "./support/browsers.ts";

endToEnd("Firefox", startFirefox);
