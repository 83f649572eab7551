// @ts-check
// System packages. As root on a Debian, or where sudo asks nothing in CI, they
// are installed; elsewhere the line to type is printed.
import { existsSync } from "node:fs";
import { say, UserError } from "../lib/log.mjs";
import { run, tryRun, which, withProgress } from "../lib/run.mjs";

const isDebian = () => existsSync("/etc/debian_version") && which("apt-get") !== undefined;

/**
 * How to become root without being asked anything; undefined where that can't be.
 * @returns {Promise<string[] | undefined>}
 */
async function asRoot() {
  if (process.getuid?.() === 0) return [];
  if (process.env.CI && which("sudo") && (await tryRun("sudo", ["-n", "true"], { quiet: true })).code === 0) {
    return ["sudo", "-n"];
  }
  return undefined;
}

/** Whether system packages can be installed here without a person. */
export const canInstall = async () => isDebian() && (await asRoot()) !== undefined;

/**
 * Installs Debian packages, or throws the line to type.
 * @param {readonly string[]} packages
 * @param {string} why
 * @param {string} [elsewhere] what to do on a system that isn't a Debian
 */
export async function installPackages(packages, why, elsewhere) {
  const prefix = isDebian() ? await asRoot() : undefined;
  if (!prefix) {
    const line = isDebian()
      ? `    sudo apt-get install ${packages.join(" ")}`
      : (elsewhere ?? `    install what your system calls ${packages.join(", ")}`);
    throw new UserError(`Missing: ${why}. Type this, then run the command again:\n\n${line}\n`);
  }
  const [command = "", ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive"];
  // Another apt may be at work: wait for it rather than fail.
  const apt = [...rest, "apt-get", "-y", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"];
  say(`Installing ${packages.join(" ")} (Debian packages): ${why}.`);
  await withProgress(`apt-get install ${packages.join(" ")}`, async (note) => {
    const options = { quiet: true, onOutput: note };
    // An install that was killed leaves packages half configured.
    await tryRun(command, [...rest, "dpkg", "--configure", "-a"], options);
    const install = [...apt, "--no-install-recommends", "install", ...packages];
    // A list of packages that is missing or old: fetch it, once.
    if ((await tryRun(command, install, options)).code === 0) return;
    await run(command, [...apt, "update"], options);
    await run(command, install, options);
  });
}
