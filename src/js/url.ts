// The URL that was asked for, and what can be told of it beforehand.
import { where } from "./messages.ts";

/** A URL, and whether it is of another origin, can be fetched at all, and is refused as mixed content. */
export type Place = readonly [url: string, crossOrigin: boolean, fetchable: boolean, mixed: boolean];

/**
 * Resolves against the page's base URL, as `EventSource` does; a worker's is its
 * own URL, and Node has none.
 *
 * @throws {DOMException} SyntaxError: no URL, or a relative one without a base
 */
export function locate(input: string): Place {
  const { document, location, origin = location?.origin } = globalThis;
  const base = document?.baseURI ?? location?.href;
  let url: URL;
  try {
    // "Let urlRecord be the result of encoding-parsing a URL given url, relative to settings."
    url = new URL(input, base);
  } catch {
    // "If urlRecord is failure, then throw a "SyntaxError" DOMException."
    throw new DOMException(
      `ResilientEventSource: "${where(input)}" is no URL${base ? "" : "; without a page it must be absolute"}`,
      "SyntaxError",
    );
  }
  const { href, protocol, hostname } = url;
  return [
    href,
    // Without a page, nobody asks for preflights.
    !!origin && url.origin !== origin,
    // Any other scheme is a network error; "the user agent knows that to be futile" to ask again, and fails the connection.
    // Fetch refuses a URL with credentials.
    /^(https?|data|blob|file):(?!\/\/[^/?#]*@)/.test(href),
    // Loopback is trustworthy without TLS (W3C Secure Contexts §3.1).
    location?.protocol === "https:" &&
      protocol === "http:" &&
      !/^(.*\.)?localhost$|^127\.|^\[::1\]/.test(hostname),
  ];
}
