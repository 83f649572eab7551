// Our source and the browser's own on the same run under the same faults, side by side.
import type { ReactNode } from "react";
import {
  type Difference,
  differenceOf,
  type Ours,
  oursAsSide,
  type Side,
  twinAsSide,
} from "../model/difference.ts";
import { formatCount, formatSeconds } from "../model/format.ts";
import type { TwinState } from "../model/twin.ts";
import { choose, useSession } from "../session.ts";
import { useNow } from "../stream/hooks.ts";

interface Props {
  ours: Ours;
  /** Null while it is switched off. */
  twin: TwinState | null;
}

export function TwinCard({ ours, twin }: Props) {
  const { twin: wanted, apiKey } = useSession();
  const now = useNow(500, twin !== null);
  return (
    <section className="card twin" aria-labelledby="twin-title">
      <div className="card-head">
        <h2 id="twin-title">
          Beside the browser’s own <span className="twin-name">EventSource</span>
        </h2>
        <label className="check switch">
          <input
            type="checkbox"
            role="switch"
            aria-checked={wanted}
            checked={wanted}
            onChange={({ target }) => choose({ twin: target.checked })}
            data-testid="twin-switch"
          />
          {wanted ? "On" : "Off"}
        </label>
      </div>
      {twin ? (
        <Comparison
          difference={differenceOf(ours, twin, now, apiKey !== "")}
          ours={oursAsSide(ours, twin, now)}
          twin={twinAsSide(twin, ours, now)}
        />
      ) : (
        <p className="muted">
          Switched on, the same run is streamed a second time by the browser’s own class, under the same
          faults.
        </p>
      )}
    </section>
  );
}

const columns: { name: string; key: string; of: (side: Side) => ReactNode; bad?: (side: Side) => boolean }[] =
  [
    { name: "Events", key: "events", of: ({ events }) => formatCount(events) },
    {
      name: "Duplicates",
      key: "duplicates",
      of: ({ duplicates }) => formatCount(duplicates),
      bad: ({ duplicates }) => duplicates > 0,
    },
    {
      name: "Missing",
      key: "missing",
      of: ({ missing }) => formatCount(missing),
      bad: ({ missing }) => missing > 0,
    },
    { name: "Connections", key: "connections", of: ({ connections }) => formatCount(connections) },
    { name: "Errors", key: "errors", of: ({ errors }) => formatCount(errors) },
    {
      name: "Silent for",
      key: "silent",
      of: ({ silentMs }) => (silentMs === null ? "–" : formatSeconds(silentMs)),
      bad: ({ silentMs }) => silentMs !== null && silentMs > 20_000,
    },
  ];

function Comparison({ difference, ours, twin }: { difference: Difference; ours: Side; twin: Side }) {
  return (
    <>
      <p
        className={`difference notice${difference.worse ? "" : " plain"}`}
        data-testid="difference"
        data-worse={difference.worse}
      >
        {difference.text}
      </p>
      <table className="sides">
        <thead>
          <tr>
            <td />
            <th scope="col">State</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row
            name={
              <>
                Resilient
                <wbr />
                EventSource
              </>
            }
            testid="ours"
            side={ours}
          />
          <Row name="EventSource" testid="twin" side={twin} />
        </tbody>
      </table>
    </>
  );
}

function Row({ name, testid, side }: { name: ReactNode; testid: string; side: Side }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span className={`badge state-${side.state}`} data-testid={`${testid}-state`} data-state={side.state}>
          <span className="dot" aria-hidden="true" />
          {side.title}
        </span>
      </td>
      {columns.map(({ key, of, bad }) => (
        <td key={key} className={bad?.(side) ? "bad" : undefined} data-testid={`${testid}-${key}`}>
          {of(side)}
        </td>
      ))}
    </tr>
  );
}
