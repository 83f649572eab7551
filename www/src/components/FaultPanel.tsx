// Breaks things on purpose, and says what should come of it.
import { useState } from "react";
import { clearFaults, type Fault, injectFault } from "../api.ts";
import { type FaultKind, faultKinds, type Reach, requestsOf, type Values } from "../model/faults.ts";
import { plural } from "../model/format.ts";
import { choose, useSession } from "../session.ts";
import { idleTimeout } from "../stream/options.ts";
import { ActiveFaults } from "./ActiveFaults.tsx";
import { FaultForm } from "./FaultForm.tsx";

const kinds = faultKinds(idleTimeout);

/** `over`: nothing is connected any more, so that a fault of the run would meet nobody. */
export function FaultPanel({ runId, over }: { runId: string; over: boolean }) {
  const session = useSession();
  const [chosen, setChosen] = useState("cut");
  const [said, say] = useState<{ text: string; problem: boolean } | null>(null);
  const [asked, ask] = useState(0);
  const kind = kinds.find(({ id }) => id === chosen);

  async function attempt(action: () => Promise<string>) {
    try {
      say({ text: await action(), problem: false });
    } catch (reason) {
      say({ text: reason instanceof Error ? reason.message : String(reason), problem: true });
    }
    ask((n) => n + 1);
  }

  const inject = (
    kind: FaultKind,
    values: Values,
    reach: Omit<Reach, "runId" | "eachClient">,
    all: boolean,
  ) =>
    attempt(async () => {
      const requests = requestsOf(kind, values, {
        ...reach,
        runId: all ? null : runId,
        eachClient: session.twin,
      });
      const faults: Fault[] = [];
      for (const request of requests) faults.push(await injectFault(request));
      return `${kind.title}: ${describe(faults)}`;
    });

  const clear = () =>
    attempt(async () => `${plural((await clearFaults()).cleared, "waiting fault")} cleared.`);

  return (
    <details
      className="card faults"
      open={session.faults}
      onToggle={({ currentTarget: { open } }) => open !== session.faults && choose({ faults: open })}
    >
      <summary>
        <h2>Break it</h2>
      </summary>
      <fieldset className="chips">
        <legend className="visually-hidden">What goes wrong</legend>
        {kinds.map(({ id, title }) => (
          <label key={id} className="chip">
            <input
              type="radio"
              name="fault-kind"
              value={id}
              checked={id === chosen}
              onChange={() => setChosen(id)}
              data-testid={`fault-kind-${id}`}
            />
            {title}
          </label>
        ))}
      </fieldset>
      {kind && <FaultForm key={kind.id} kind={kind} over={over} onInject={inject} />}
      <p className={said?.problem ? "problem" : "muted said"} role="status" data-testid="fault-result">
        {said?.text ?? (over ? "This run’s connection is over. Start another run to break it." : "")}
      </p>
      {session.faults && <ActiveFaults kinds={kinds} asked={asked} onClear={clear} />}
    </details>
  );
}

function describe(faults: readonly Fault[]): string {
  const struck = faults.map(({ streams }) => streams).filter((streams) => streams !== undefined);
  if (struck.length === 0) return "on its way.";
  const most = Math.max(...struck);
  return most > 0 ? `struck ${plural(most, "stream")}.` : "waits for what it can strike.";
}
