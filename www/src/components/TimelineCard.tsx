// The connection's history as a picture, as words, and as a table to copy from.
import { useMemo, useState } from "react";
import { type Arrivals, type Band, bandsOf } from "../model/bands.ts";
import { formatDuration, formatTime, plural } from "../model/format.ts";
import type { TwinState } from "../model/twin.ts";
import { reasonTexts, stateTitles } from "../model/words.ts";
import { type Sample, useNow } from "../stream/hooks.ts";
import { TimelinePicture } from "./TimelinePicture.tsx";
import { TransitionTable } from "./TransitionTable.tsx";

interface Props {
  sample: Sample;
  arrivals: Arrivals;
  /** The browser's own source, where it runs too. */
  twin: TwinState | null;
}

export function TimelineCard({ sample, arrivals, twin }: Props) {
  const { stats, at } = sample;
  // The twin goes on when ours has ended, and then nothing of ours is sampled.
  const now = useNow(500, twin !== null);
  const bands = useMemo(() => bandsOf(stats?.timeline ?? [], at), [stats, at]);
  const [chosen, choose] = useState<number | null>(null);
  const shown = (chosen === null ? undefined : bands[chosen]) ?? bands.at(-1);
  const step = (by: number) => {
    if (shown) choose(Math.min(bands.length - 1, Math.max(0, shown.index + by)));
  };
  return (
    <section className="card timeline" aria-labelledby="timeline-title">
      <div className="card-head">
        <h2 id="timeline-title">Timeline of the connection</h2>
        <span className="muted">{plural(bands.length, "transition")}</span>
      </div>
      <TimelinePicture
        bands={bands}
        arrivals={arrivals}
        twin={twin}
        now={Math.max(at, now)}
        chosen={shown?.index ?? -1}
        onChoose={choose}
      />
      <div className="inspect">
        <button
          type="button"
          aria-label="Earlier band"
          disabled={!shown || shown.index === 0}
          onClick={() => step(-1)}
        >
          ‹
        </button>
        <button
          type="button"
          aria-label="Later band"
          disabled={!shown || shown.index === bands.length - 1}
          onClick={() => step(1)}
        >
          ›
        </button>
        <p data-testid="band-details" aria-live={chosen === null ? "off" : "polite"}>
          {shown && <Details band={shown} />}
        </p>
      </div>
      {stats && <TransitionTable stats={stats} />}
    </section>
  );
}

function Details({ band }: { band: Band }) {
  const { state, reason, attempt, transport, from, to, live, retryIn } = band;
  const facts = [`attempt ${attempt}${transport ? ` by ${transport}` : ""}`, `from ${formatTime(from)}`];
  if (to > from) facts.push(`${live ? "so far" : "for"} ${formatDuration(to - from)}`);
  if (retryIn !== null) facts.push(`next attempt planned after ${formatDuration(retryIn)}`);
  return (
    <>
      <span className={`swatch state-${state}`} aria-hidden="true" />
      <strong>{stateTitles[state]}</strong> <code>{reason}</code>{" "}
      <span className="muted">{facts.join(" · ")}</span>
      <br />
      <span className="muted">{reasonTexts[reason]}</span>
    </>
  );
}
