import { ResilientEventSource } from "resilient-eventsource";
import { Live } from "./live.jsx";

/** Follows a stream at the server to its end, before the page is sent. */
async function follow(url) {
  const seen = [];
  for await (const { type, data } of new ResilientEventSource(url, { terminal: ["done"], latch: false })) {
    seen.push(`${type} ${data}`);
  }
  return seen.join(", ");
}

export default async function Page({ searchParams }) {
  const { stream } = await searchParams;
  return (
    <>
      <p>At the server: {await follow(`${stream}-at-the-server`)}</p>
      <Live stream={stream} />
    </>
  );
}
