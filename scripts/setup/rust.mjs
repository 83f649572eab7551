// @ts-check
// Which Rust builds what.
//
// Native code is built by the cargo on PATH. The wasm package may need another
// one: where rustup can't fetch the wasm32 standard library, Debian's compiler
// gets one built from its sources, and then only that compiler can use it.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { withLock } from "../lib/lock.mjs";
import { say, UserError } from "../lib/log.mjs";
import { inCache, inRoot } from "../lib/paths.mjs";
import { capture, pathWith, run, tryRun, which, withProgress } from "../lib/run.mjs";
import { canInstall, installPackages } from "./system.mjs";

export const wasmTarget = "wasm32-unknown-unknown";

/**
 * @typedef {object} WasmToolchain
 * @property {string} name for messages
 * @property {NodeJS.ProcessEnv} env in which `cargo build --target wasm32-unknown-unknown` works
 * @property {string} targetDir where cargo puts what it builds
 */

const debianRustc = "/usr/bin/rustc";
const debianPackages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];
const rustupLine = "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";

/** Makes sure that there is a cargo for native code. */
export async function ensureRust() {
  if (!which("cc")) {
    const line = "    apt-get install gcc libc6-dev";
    if (!(await canInstall()))
      throw new UserError(
        `A C compiler is missing, which Rust links with. Type this, or what installs one here:\n\n${line}\n`,
      );
    await installPackages(["gcc", "libc6-dev"], "a C compiler, which Rust links with");
  }
  if ((await runs("cargo")) && (await runs("rustc"))) return;
  // A Debian package would come behind these on PATH.
  if (which("rustup") && which("cargo") && which("rustc")) {
    throw new UserError(
      "rustup is there, but no Rust that it runs. Type this, then run the command again:\n\n    rustup default stable\n",
    );
  }
  if (!(await canInstall())) {
    throw new UserError(`Rust is missing. Type this, then run the command again:\n\n${rustupLine}\n`);
  }
  await installPackages(debianPackages, "Rust, which the server and the wasm package are written in");
}

/** Makes sure that clippy and rustfmt are there; `npm test` needs them, `npm start` doesn't. */
export async function ensureRustLinters() {
  if ((await missingLinters()).length === 0) return;
  if (which("rustup")) {
    say("Installing clippy and rustfmt with rustup: the tests lint all Rust code and check its format.");
    await tryRun("rustup", ["component", "add", "clippy", "rustfmt"], { quiet: true });
  }
  // Asked again, since the cargo on PATH need not be rustup's.
  const missing = await missingLinters();
  if (missing.length === 0) return;
  throw new UserError(
    `${missing.map((name) => `cargo ${name}`).join(" and ")} missing; the tests lint and check the format of all Rust code. ` +
      `Install Rust with rustup, then run this again:\n\n${rustupLine}\n    rustup component add clippy rustfmt\n`,
  );
}

async function missingLinters() {
  const missing = [];
  for (const name of ["clippy", "fmt"]) if (!(await runs("cargo", name))) missing.push(name);
  return missing;
}

/**
 * Whether a program is there and runs. That it is on PATH tells little: rustup
 * puts one for each there, which fails while the component, or any Rust, isn't installed.
 * @param {string} program
 * @param {...string} args
 */
const runs = async (program, ...args) => (await capture(program, [...args, "--version"])) !== undefined;

/**
 * Makes sure that the sources of the standard library are there: the package
 * brings its own build of it, without the texts of panics.
 * @param {WasmToolchain} toolchain
 */
export async function ensureRustSource(toolchain) {
  const sysroot = await capture("rustc", ["--print", "sysroot"], { env: toolchain.env });
  const source = path.join(sysroot ?? "", "lib/rustlib/src/rust/library/Cargo.lock");
  if (existsSync(source)) return;
  if (which("rustup")) {
    say("Installing Rust's sources with rustup: the package brings a standard library built for size.");
    const { code } = await tryRun("rustup", ["component", "add", "rust-src"], { quiet: true });
    if (code === 0 && existsSync(source)) return;
  }
  throw new UserError(
    "The sources of Rust's standard library are missing, and could not be installed. Type this, then run the command again:\n\n    rustup component add rust-src\n",
  );
}

/** @param {string} sysroot */
const wasmLib = (sysroot) => path.join(sysroot, "lib/rustlib", wasmTarget, "lib");

/** @param {string} dir */
const hasStd = (dir) =>
  existsSync(dir) && readdirSync(dir).some((file) => file.startsWith("libstd-") && file.endsWith(".rlib"));

/**
 * Finds the wasm32 target, or installs it.
 * @returns {Promise<WasmToolchain>}
 */
export async function ensureWasmTarget() {
  const found = (await ordinaryToolchain()) ?? (await debianToolchain());
  if (found) return found;
  return withLock(inCache("wasm-target.lock"), "installing the wasm32 target", async () => {
    if (await addWithRustup()) {
      const toolchain = await ordinaryToolchain();
      if (toolchain) return toolchain;
    }
    if (!(await canInstall()) && !existsSync(debianRustc)) throw new UserError(missingTarget);
    const toolchain = await makeDebianTarget();
    if (toolchain) return toolchain;
    throw new UserError(missingTarget);
  });
}

const missingTarget = `Rust's ${wasmTarget} target is missing, and could not be installed. Type this, then run the command again:

    rustup target add ${wasmTarget}
`;

/** @returns {Promise<WasmToolchain | undefined>} the toolchain on PATH, when it has the target */
async function ordinaryToolchain() {
  const sysroot = await capture("rustc", ["--print", "sysroot"]);
  if (!sysroot || !hasStd(wasmLib(sysroot))) return undefined;
  // Debian's compiler is on PATH: its target must be of its own version.
  if (existsSync(stampIn(sysroot)) && !(await isCurrent(sysroot, "rustc"))) return undefined;
  return {
    name: "the Rust on PATH",
    env: process.env,
    targetDir: process.env.CARGO_TARGET_DIR ?? inRoot("target"),
  };
}

/** @returns {Promise<WasmToolchain | undefined>} Debian's toolchain, when it has the target */
async function debianToolchain() {
  const sysroot = await capture(debianRustc, ["--print", "sysroot"]);
  if (!sysroot || !hasStd(wasmLib(sysroot)) || !(await isCurrent(sysroot, debianRustc))) return undefined;
  // A folder with just these, since /usr/bin before all else would also put
  // the system's Node before the user's.
  const bin = inCache("debian-rust");
  mkdirSync(bin, { recursive: true });
  for (const program of ["cargo", "rustc", "rustdoc"]) {
    const link = path.join(bin, program);
    if (!existsSync(link)) {
      rmSync(link, { force: true });
      symlinkSync(path.join("/usr/bin", program), link);
    }
  }
  // A target folder of its own: two compilers in one rebuild each other's work.
  const targetDir = inRoot("target/wasm32-build");
  return {
    name: "Debian's Rust",
    env: { ...process.env, PATH: pathWith([bin]), CARGO_TARGET_DIR: targetDir },
    targetDir,
  };
}

/**
 * `rustup target add`. It is given up when nothing arrives for a while, since a
 * network that swallows packets would hold it for minutes.
 */
async function addWithRustup() {
  if (!which("rustup")) return false;
  say(`Installing the ${wasmTarget} target with rustup: the browser's part is compiled for it.`);
  const home = process.env.RUSTUP_HOME || path.join(process.env.HOME ?? "/", ".rustup");
  const silent = new AbortController();
  const patience = 20_000;
  let lastSeen = "";
  let lastChange = Date.now();
  const watch = setInterval(() => {
    const seen = arrived([path.join(home, "downloads"), path.join(home, "tmp")]);
    if (seen !== lastSeen) lastChange = Date.now();
    lastSeen = seen;
    if (Date.now() - lastChange > patience) silent.abort();
  }, 1000);
  try {
    const { code, output } = await tryRun("rustup", ["target", "add", wasmTarget], {
      env: { ...process.env, RUSTUP_MAX_RETRIES: "0" },
      quiet: true,
      signal: silent.signal,
      onOutput: () => {
        lastChange = Date.now();
      },
    });
    if (code === 0) return true;
    const why = silent.signal.aborted
      ? "nothing arrived"
      : output
          .trim()
          .split("\n")
          .findLast((l) => l.startsWith("error"));
    say(`  rustup could not: ${why ?? `exit code ${code}`}`);
    return false;
  } finally {
    clearInterval(watch);
  }
}

/**
 * A text that changes when a file in these folders does.
 * @param {readonly string[]} dirs
 */
function arrived(dirs) {
  return dirs
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => readdirSync(dir).map((file) => `${file}:${sizeOf(path.join(dir, file))}`))
    .join();
}

/** @param {string} file */
function sizeOf(file) {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** @param {string} sysroot */
const stampIn = (sysroot) => path.join(sysroot, "lib/rustlib", wasmTarget, "built-for");

/** @param {string} rustc */
const identity = async (rustc) =>
  createHash("sha256")
    .update((await capture(rustc, ["-Vv"])) ?? "")
    .digest("hex");

/**
 * An upgraded compiler can't read the library of the one before.
 * @param {string} sysroot @param {string} rustc
 */
async function isCurrent(sysroot, rustc) {
  const stamp = stampIn(sysroot);
  return existsSync(stamp) && readFileSync(stamp, "utf8") === (await identity(rustc));
}

/**
 * Builds the target's standard library with Debian's compiler from Debian's
 * sources, and puts it where that compiler looks. `embed-bitcode` is what a
 * later LTO needs, `test` what a test links.
 */
async function makeDebianTarget() {
  const files = [
    "/usr/bin/cargo",
    debianRustc,
    "/usr/lib/rustlib/src/rust/library/Cargo.lock",
    "/usr/bin/rust-lld",
  ];
  if (!files.every((file) => existsSync(file))) {
    await installPackages(debianPackages, `a Rust that can make its own ${wasmTarget} target`);
  }
  const sysroot = await capture(debianRustc, ["--print", "sysroot"]);
  if (!sysroot) return undefined;
  const final = path.join(sysroot, "lib/rustlib", wasmTarget);
  const partial = `${final}.partial`;
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(path.join(partial, "lib"), { recursive: true });
  } catch {
    throw new UserError(
      `The ${wasmTarget} target has to be written into ${sysroot}, which takes root: run this command once as root, or type\n\n    rustup target add ${wasmTarget}\n`,
    );
  }
  const work = inCache("build", "wasm32-std");
  rmSync(work, { recursive: true, force: true });
  try {
    mkdirSync(path.join(work, "src"), { recursive: true });
    writeFileSync(
      path.join(work, "Cargo.toml"),
      '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n',
    );
    writeFileSync(path.join(work, "src/lib.rs"), "#![no_std]\n");
    await withProgress(
      "building the wasm32 standard library from Debian's Rust sources (about a minute, once)",
      (note) =>
        run(
          "/usr/bin/cargo",
          [
            ...["build", "--release", "--target", wasmTarget],
            ...["-Z", "build-std=std,panic_abort,test,proc_macro", "--target-dir", path.join(work, "target")],
          ],
          {
            cwd: work,
            quiet: true,
            onOutput: note,
            env: {
              ...process.env,
              RUSTC: debianRustc,
              RUSTFLAGS: "-Cembed-bitcode=yes",
              RUSTC_BOOTSTRAP: "1",
            },
          },
        ),
    );
    const deps = path.join(work, "target", wasmTarget, "release/deps");
    for (const file of readdirSync(deps)) {
      if (file.endsWith(".rlib") && !file.startsWith("libempty-")) {
        copyFileSync(path.join(deps, file), path.join(partial, "lib", file));
      }
    }
    writeFileSync(path.join(partial, "built-for"), await identity(debianRustc));
    rmSync(final, { recursive: true, force: true });
    renameSync(partial, final);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return (await ordinaryToolchain()) ?? debianToolchain();
}
