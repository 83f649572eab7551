// Every suite in one browser, which is started once.
import { after, before, describe } from "node:test";
import type { Browser } from "../support/browsers.ts";
import { fixtureFolder } from "../support/environment.ts";
import { artifactSuite } from "./artifacts.ts";
import { classSuite } from "./class.ts";
import { completionSuite } from "./completion.ts";
import { dashboardSuite } from "./dashboard.ts";
import { faultSuite } from "./faults.ts";
import { givingUpSuite } from "./giving-up.ts";
import { pageLifeSuite } from "./page-life.ts";
import { streamSuite } from "./stream.ts";
import { twinSuite } from "./twin.ts";

export function endToEnd(name: string, start: () => Promise<Browser>) {
  describe(name, { timeout: 480_000 }, () => {
    let browser: Browser;
    let fixture: ReturnType<typeof fixtureFolder>;

    before(async () => {
      fixture = fixtureFolder();
      browser = await start();
    });
    after(async () => {
      await browser?.quit();
      fixture.remove();
    });

    const context = { browser: () => browser, fixture: () => fixture.folder };
    for (const suite of [
      ...[streamSuite, completionSuite, givingUpSuite, pageLifeSuite],
      ...[classSuite, faultSuite, dashboardSuite, twinSuite, artifactSuite],
    ]) {
      suite(context);
    }
  });
}
