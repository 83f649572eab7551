// Text as bytes.
const encoder = new TextEncoder();

/** In UTF-8; a lone surrogate becomes U+FFFD. */
export const encode = (text: string | undefined): Uint8Array => encoder.encode(text);
