import { startWebKit } from "../e2e/support/browsers.ts";
import { conformance } from "./support/suite.ts";

conformance("WebKit", startWebKit);
