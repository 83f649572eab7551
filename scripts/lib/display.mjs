// @ts-check
// A screen that nobody sees, for browsers that know no headless mode. Its own
// one also where a person sits before another: windows that come and go would
// take the keys from under their hands, and a window manager would have a say
// in what a page's size and visibility are.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { adopt } from "./children.mjs";
import { UserError } from "./log.mjs";

/**
 * @typedef {object} Display
 * @property {{ DISPLAY: string, GDK_BACKEND: string }} env variables that show a program there
 * @property {() => Promise<void>} end what is still shown there loses its windows, and ends
 */

/**
 * Starts an X server on a free display, and waits until it can be connected to.
 * It ends with this process at the latest.
 * @returns {Promise<Display>}
 */
export async function startDisplay() {
  // The server finds the number itself and writes it to descriptor 3 once it is
  // ready: a number chosen here could be taken by the time it starts.
  const child = spawn(
    "Xvfb",
    ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"],
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  adopt(child);
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += chunk;
  });
  const gone = once(child, "close");
  const number = await Promise.race([
    once(/** @type {import("node:stream").Readable} */ (child.stdio[3]), "data").then(String),
    gone.then(
      () => {
        throw new UserError(`Xvfb, the X server without a screen, ended at once:\n${complaint}`);
      },
      (error) => {
        throw new UserError(`Xvfb, the X server without a screen, does not start: ${error.message}`);
      },
    ),
  ]);
  return {
    // Where there is a Wayland too, GTK would prefer that.
    env: { DISPLAY: `:${number.trim()}`, GDK_BACKEND: "x11" },
    end: async () => {
      child.kill();
      await gone;
    },
  };
}
