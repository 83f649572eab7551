import { endToEnd } from "./suites/all.ts";
import { startWebKit } from "./support/browsers.ts";

endToEnd("WebKitGTK", startWebKit);
