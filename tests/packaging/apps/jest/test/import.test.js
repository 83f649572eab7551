/** @jest-environment jsdom */
// jsdom has neither streams nor TextDecoder: a component's test may import what it does not use.
const { ResilientEventSource } = require("resilient-eventsource");

test("the package can be imported where the platform lacks what a stream needs", () => {
  expect(globalThis.TextDecoder).toBeUndefined();
  expect(ResilientEventSource.CLOSED).toBe(2);
});
