// Text as bytes.

/** In UTF-8; a lone surrogate becomes U+FFFD. The encoder is made when asked for: see `dispatch.ts`. */
export const encode = (text: string | undefined): Uint8Array => new TextEncoder().encode(text);
