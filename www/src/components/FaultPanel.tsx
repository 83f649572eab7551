// Breaks things on purpose, and says what should come of it.
import { useState } from "react";
import { clearFaults, type Fault, injectFault } from "../api.ts";
import { faultKinds } from "../model/faults.ts";
import { plural } from "../model/format.ts";
import { idleTimeout } from "../stream/options.ts";
import { FaultRow } from "./FaultRow.tsx";

const kinds = faultKinds(idleTimeout);

/** `over`: nothing is connected any more, so that a fault of the run would meet nobody. */
export function FaultPanel({ runId, over }: { runId: string; over: boolean }) {
  const [said, say] = useState<{ text: string; problem: boolean } | null>(null);

  async function attempt(action: () => Promise<string>) {
    try {
      say({ text: await action(), problem: false });
    } catch (reason) {
      say({ text: reason instanceof Error ? reason.message : String(reason), problem: true });
    }
  }

  return (
    <section className="card faults" aria-labelledby="faults-title">
      <div className="card-head">
        <h2 id="faults-title">Break it</h2>
        <button
          type="button"
          className="link"
          data-testid="clear-faults"
          title="Forget faults that can still strike"
          onClick={() =>
            attempt(async () => `${plural((await clearFaults()).cleared, "waiting fault")} cleared.`)
          }
        >
          Clear faults
        </button>
      </div>
      {kinds.map((kind) => (
        <FaultRow
          key={kind.id}
          kind={kind}
          disabled={over && kind.ofRun}
          onInject={(values) =>
            attempt(async () => {
              let fault: Fault | undefined;
              for (const request of kind.requests(runId, values)) fault = await injectFault(request);
              return `${kind.title}: ${describe(fault)}`;
            })
          }
        />
      ))}
      <p className={said?.problem ? "problem" : "muted said"} role="status" data-testid="fault-result">
        {said?.text ?? (over ? "The connection is over. Start another run to break it." : "")}
      </p>
    </section>
  );
}

function describe(fault: Fault | undefined): string {
  if (fault?.streams === undefined) return "on its way.";
  return fault.streams > 0 ? `struck ${plural(fault.streams, "stream")}.` : "waits for the next stream.";
}
