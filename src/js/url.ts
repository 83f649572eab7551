// The URL that was asked for, and what can be told of it beforehand.

/** The facts about a URL that decide whether and how it can be asked for. */
export interface Place {
  url: string;
  crossOrigin: boolean;
  fetchable: boolean;
  mixed: boolean;
}

/**
 * Resolves against the page's base URL, as `EventSource` does; a worker's is its
 * own URL, and Node has none.
 *
 * @throws {DOMException} SyntaxError: no URL, or a relative one without a base
 */
export function locate(input: unknown): Place {
  const { document, location } = globalThis;
  const base = document?.baseURI ?? location?.href;
  let url: URL;
  try {
    url = new URL(`${input}`, base);
  } catch {
    throw new DOMException(
      `ResilientEventSource: "${input}" is no URL${base ? "" : "; without a page it must be absolute"}`,
      "SyntaxError",
    );
  }
  const origin = globalThis.origin ?? location?.origin;
  return {
    url: url.href,
    // Without a page, nobody asks for preflights.
    crossOrigin: !!origin && url.origin !== origin,
    fetchable: /^(https?|data|blob|file):/.test(url.href),
    // Loopback is trustworthy without TLS (W3C Secure Contexts §3.1).
    mixed:
      location?.protocol === "https:" &&
      url.protocol === "http:" &&
      !/^(.*\.)?localhost$|^127\.|^\[::1\]/.test(url.hostname),
  };
}
