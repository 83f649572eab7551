// What a check writes down beforehand for the server to answer, and what the server was asked. Types and
// shorthands, for both sides.

/** Bytes of a body, or a pause before the next of them, in milliseconds. A text is sent as UTF-8. */
export type Piece = string | { readonly bytes: readonly number[] } | { readonly wait: number };

export interface Answer {
  /** 200 unless given. */
  readonly status?: number;
  /** Beside `Content-Type: text/event-stream`, which null removes. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: readonly Piece[];
  /** Before the head, in milliseconds. */
  readonly delay?: number;
  /** What follows the body: nothing, its proper end, or a cut connection. `hang` unless given. */
  readonly end?: "hang" | "end" | "cut";
}

export interface Script {
  /** One for each request; the last one for all that follow. */
  readonly answers: readonly Answer[];
  /** To a CORS preflight; without, it is refused. */
  readonly preflight?: Answer;
}

/** A request as the server saw it. */
export interface Asked {
  readonly method: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Names in lower case; a character of a value is a byte. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the client closed the connection before the server did. */
  gone: boolean;
}

/** A stream that stays open after this. */
export const stream = (...body: Piece[]): Answer => ({ body });

/** A stream that ends after this, and is asked for again as soon as may be. */
export const ending = (...body: Piece[]): Answer => ({ body: ["retry: 1\n", ...body], end: "end" });

/** A response without a stream. */
export const status = (code: number, headers: Answer["headers"] = {}): Answer => ({
  status: code,
  headers,
  end: "end",
});

/** An answer that every origin may read. */
export const shared = (answer: Answer): Answer => ({
  ...answer,
  headers: { "access-control-allow-origin": "*", ...answer.headers },
});
