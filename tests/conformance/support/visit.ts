// One page in a browser, with a server of its own, and what the page tells.
import type { Browser } from "../../e2e/support/browsers.ts";
import { type Page, type ScriptedServer, startServer } from "./server.ts";

/** For what a page has to tell, in milliseconds. */
const PATIENCE = 120_000;

/**
 * Opens a page and waits for what it tells. Its URL says where the other origins are, beside what is given.
 * @param during what else happens meanwhile
 */
export async function visit(
  browser: Browser,
  pages: ReadonlyMap<string, Page>,
  page: string,
  query: Readonly<Record<string, string>>,
  during?: (server: ScriptedServer) => Promise<unknown>,
): Promise<unknown> {
  // A server for each: a connection that an engine leaks would count among the six that the next may open.
  const server = await startServer(pages);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const all = new URLSearchParams({ ...query, other: server.other, control: server.control });
    await browser.driver.get(`${server.own}/checks/${page}?${all}`);
    const tooLong = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, PATIENCE, `nothing after ${PATIENCE} ms`);
    });
    const [told] = await Promise.all([Promise.race([server.told, tooLong]), during?.(server)]);
    return told;
  } finally {
    clearTimeout(timer);
    await server.close();
  }
}
