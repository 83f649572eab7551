// The faults that can still strike, asked for while they are in sight.
import { useEffect, useState } from "react";
import { type ActiveFault, activeFaults } from "../api.ts";
import { describeActive, type FaultKind } from "../model/faults.ts";

interface Props {
  kinds: readonly FaultKind[];
  /** Another number asks at once. */
  asked: number;
  onClear: () => void;
}

const everyMs = 1000;

export function ActiveFaults({ kinds, asked, onClear }: Props) {
  const faults = useActiveFaults(asked);
  return (
    <div className="active-faults">
      <div className="card-head">
        <h3>
          In force <span className="count">{faults.length}</span>
        </h3>
        <button
          type="button"
          className="link"
          data-testid="clear-faults"
          title="End every fault that can still strike"
          onClick={onClear}
          disabled={faults.length === 0}
        >
          Clear all
        </button>
      </div>
      <ul data-testid="active-faults">
        {faults.map((fault) => (
          <li key={fault.id} data-testid="active-fault" data-kind={fault.kind}>
            <strong>{kinds.find(({ id }) => id === fault.kind)?.title ?? fault.kind}</strong>{" "}
            <span className="muted">{describeActive(fault)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function useActiveFaults(asked: number): readonly ActiveFault[] {
  const [faults, setFaults] = useState<readonly ActiveFault[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each request is a new number
  useEffect(() => {
    const controller = new AbortController();
    const look = () => {
      if (document.visibilityState !== "visible") return;
      // A server that does not answer has no fault in force; the connection tells of it.
      activeFaults(controller.signal).then(setFaults, () => !controller.signal.aborted && setFaults([]));
    };
    look();
    const timer = setInterval(look, everyMs);
    return () => {
      clearInterval(timer);
      controller.abort();
    };
  }, [asked]);
  return faults;
}
