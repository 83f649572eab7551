// The dashboard's page from the test's side: what it shows, and what can be clicked.
import { By, type WebElement } from "selenium-webdriver";
import type { Context } from "./context.ts";
import type { Server } from "./server.ts";
import { until } from "./until.ts";

/** What the page remembers in its tab. */
export interface Choices {
  twin?: boolean;
  transport?: "auto" | "fetch" | "native";
  faults?: boolean;
}

export class Dashboard {
  readonly #context: Context;
  readonly #server: () => Server;

  constructor(context: Context, server: () => Server) {
    this.#context = context;
    this.#server = server;
  }

  get driver() {
    return this.#context.browser().driver;
  }

  /**
   * Loads the page afresh, with nothing remembered but the choices. Without the browser's own source beside
   * ours, unless that is chosen: what it asks of the server is not ours.
   */
  async load(choices: Choices = {}): Promise<void> {
    await this.driver.get("about:blank");
    // Any document of the same origin does; JSON is none in Firefox, which shows it on a page of its own.
    await this.driver.get(`${this.#server().url}/favicon.svg`);
    await this.driver.executeScript(
      (choices: string) => {
        sessionStorage.clear();
        sessionStorage.setItem("dashboard", choices);
      },
      JSON.stringify({ twin: false, ...choices }),
    );
    await this.driver.get(`${this.#server().url}/`);
    await until("the page is there", async () => (await this.all("start-run")).length > 0);
    await this.#context.browser().red();
  }

  all(testid: string): Promise<WebElement[]> {
    return this.driver.findElements(By.css(`[data-testid="${testid}"]`));
  }

  one(testid: string): Promise<WebElement> {
    return until(`there is a ${testid}`, async () => (await this.all(testid))[0]);
  }

  /** An attribute of the first element of that name, empty where there is none. */
  attribute(testid: string, name: string): Promise<string> {
    return this.driver.executeScript<string>(
      (testid: string, name: string) =>
        document.querySelector(`[data-testid="${testid}"]`)?.getAttribute(name) ?? "",
      testid,
      name,
    );
  }

  /** The text of the first element of that name, empty where there is none. */
  text(testid: string): Promise<string> {
    return this.driver.executeScript<string>(
      (testid: string) => document.querySelector(`[data-testid="${testid}"]`)?.textContent ?? "",
      testid,
    );
  }

  async click(testid: string): Promise<void> {
    await (await this.one(testid)).click();
  }

  /** Clicks what a label stands for and hides. */
  async clickHidden(testid: string): Promise<void> {
    await this.driver.executeScript((element: HTMLElement) => element.click(), await this.one(testid));
  }

  shows(testid: string, name: string, value: string): Promise<true> {
    return until(
      `${testid} shows ${name} ${value}`,
      async () => (await this.attribute(testid, name)) === value,
      {
        state: () => this.attribute(testid, name),
      },
    );
  }

  says(testid: string, pattern: RegExp): Promise<true> {
    return until(`${testid} says ${pattern}`, async () => pattern.test(await this.text(testid)), {
      state: () => this.text(testid),
    });
  }

  /** Waits until the log has that many lines, or more. */
  lines(least: number): Promise<true> {
    return until(
      `${least} lines`,
      async () => Number(await this.attribute("log-count", "data-total")) >= least,
    );
  }

  async choose(testid: string, value: string): Promise<void> {
    const select = await this.one(testid);
    await select.findElement(By.css(`option[value="${value}"]`)).click();
  }

  /** Starts a run by the form; answers with its id, from the address. */
  async start(fields: Record<string, number | string>): Promise<string> {
    const address = await this.driver.getCurrentUrl();
    for (const [name, value] of Object.entries(fields)) {
      const field = await this.driver.findElement(By.name(name));
      await field.clear();
      await field.sendKeys(`${value}`);
    }
    await this.click("start-run");
    return until("the run is shown", async () => {
      const now = await this.driver.getCurrentUrl();
      return now !== address && /#run=(\w+)/.exec(now)?.[1];
    });
  }

  /** Picks a kind of fault in the panel, and makes it happen. */
  async breakIt(kind: string): Promise<void> {
    await this.clickHidden(`fault-kind-${kind}`);
    await this.click("inject-fault");
  }

  /** Looks at a run of the list. */
  async look(run: string): Promise<void> {
    await (await this.driver.findElement(By.css(`[data-run="${run}"]`))).click();
  }
}
