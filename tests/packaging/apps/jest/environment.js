// What a page has and jsdom lacks: a project whose tests stream anything adds
// the same.
const { TestEnvironment } = require("jest-environment-jsdom");

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, {
      ...{ AbortController, AbortSignal, Headers, MessageChannel, ReadableStream, Response },
      ...{ TextDecoder, TextEncoder, fetch },
    });
  }
};
