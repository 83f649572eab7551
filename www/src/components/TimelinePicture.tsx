// Draws the bands: a lane a state, so that the picture can be read without its
// colours, and below them how many events arrived when.
import type { PointerEvent } from "react";
import {
  type Arrivals,
  type Band,
  columnsOf,
  lanesOf,
  spanOf,
  ticksOf,
  totalsOf,
  twinBandsOf,
} from "../model/bands.ts";
import { formatDuration, formatTick } from "../model/format.ts";
import type { TwinState } from "../model/twin.ts";
import { stateTitles } from "../model/words.ts";
import { useWidth } from "./useWidth.ts";

interface Props {
  bands: readonly Band[];
  arrivals: Arrivals;
  /** The browser's own source, in a lane of its own. */
  twin: TwinState | null;
  /** The end of what lasts. */
  now: number;
  /** The index of the band that is pointed out; -1 for none. */
  chosen: number;
  onChoose: (index: number | null) => void;
}

const laneHeight = 44;
const barHeight = 24;
const eventsHeight = 76;
/** Apart from ours by a little room. */
const twinHeight = 46;
/** By phase, so that it too can be read without its colours. */
const twinBarHeight = { open: 16, silent: 10, connecting: 6, closed: 2 } as const;
const axisHeight = 22;
/** A stay of some milliseconds is still to be seen. */
const leastWidth = 3;

export function TimelinePicture({ bands, arrivals, twin, now, chosen, onChoose }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const narrow = width < 480;
  const left = narrow ? 92 : 100;
  const right = narrow ? 8 : 64;
  const plot = Math.max(40, width - left - right);
  const lanes = lanesOf(bands);
  const totals = totalsOf(bands);
  const span = spanOf(bands, twin ? now : null);
  const eventsBottom = lanes.length * laneHeight + eventsHeight;
  const twinMiddle = eventsBottom + twinHeight / 2 + 3;
  const bottom = eventsBottom + (twin ? twinHeight : 0);
  const height = bottom + axisHeight;
  const x = (at: number) => left + ((at - span.from) / (span.to - span.from)) * plot;
  const middle = (band: Band) => (lanes.indexOf(band.state) + 0.5) * laneHeight;
  const ticks = ticksOf(span.to - span.from, narrow ? 5 : 9);
  const end = bands.at(-1);
  const barWidth = 4;
  const columns = columnsOf(arrivals, span.from, span.to, Math.floor(plot / (barWidth + 1)));
  const most = Math.max(1, ...columns);

  // The last stay in a state that nothing leaves goes on to the edge.
  const rightOf = (band: Band) => (band === end && !band.live ? left + plot : x(band.to));

  function pointed(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const near = bands.filter((band) => px >= x(band.from) - 3 && px <= rightOf(band) + 3);
    // Where short bands lie close together, the lane decides.
    const best = near.find((band) => Math.abs(py - middle(band)) < laneHeight / 2) ?? near.at(-1);
    onChoose(best ? best.index : null);
  }

  return (
    <div ref={ref} className="picture" style={{ minHeight: height }}>
      {width > 0 && (
        <svg
          role="img"
          aria-label={summaryOf(bands)}
          data-testid="timeline"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          onPointerMove={pointed}
          onPointerDown={pointed}
          onPointerLeave={() => onChoose(null)}
        >
          {ticks.map((ms) => (
            <g key={ms} className="tick">
              <line x1={x(span.from + ms)} x2={x(span.from + ms)} y1={0} y2={bottom} />
              <text x={x(span.from + ms)} y={height - 6} textAnchor={ms === 0 ? "start" : "middle"}>
                {formatTick(ms)}
              </text>
            </g>
          ))}
          {lanes.map((state, lane) => {
            const y = (lane + 0.5) * laneHeight;
            const total = totals[lane];
            return (
              <g key={state} className="lane">
                <line className="lane-line" x1={left} x2={left + plot} y1={y} y2={y} />
                <rect className={`band state-${state}`} x={0} y={y - 5} width={10} height={10} rx={2} />
                <text className="lane-name" x={16} y={y + 4}>
                  {stateTitles[state]}
                </text>
                {!narrow && total && total.ms > 0 && (
                  <text className="lane-total" x={width} y={y + 4} textAnchor="end">
                    {formatDuration(total.ms)}
                  </text>
                )}
              </g>
            );
          })}
          {bands.slice(1).map((band) => {
            const before = bands[band.index - 1];
            return (
              before && (
                <line
                  key={band.index}
                  className="step"
                  x1={x(band.from)}
                  x2={x(band.from)}
                  y1={middle(before)}
                  y2={middle(band)}
                />
              )
            );
          })}
          {bands.map((band) => (
            <rect
              key={band.index}
              className={`band state-${band.state}${band.index === chosen ? " chosen" : ""}`}
              data-testid="band"
              data-state={band.state}
              data-reason={band.reason}
              x={x(band.from)}
              y={middle(band) - barHeight / 2}
              width={Math.max(leastWidth, rightOf(band) - x(band.from))}
              height={barHeight}
              rx={3}
            />
          ))}
          {bands.map((band) => {
            const room = rightOf(band) - x(band.from);
            return (
              band.state === "open" &&
              band.transport &&
              room > 56 && (
                <text key={band.index} className="band-transport" x={x(band.from) + 7} y={middle(band) + 4}>
                  {band.transport}
                </text>
              )
            );
          })}
          <g className="arrivals">
            <text className="lane-name" x={16} y={eventsBottom - 8}>
              Events
            </text>
            <line className="lane-line" x1={left} x2={left + plot} y1={eventsBottom} y2={eventsBottom} />
            {columns.map((count, column) => {
              const tall = count === 0 ? 0 : Math.max(3, (count / most) * (eventsHeight - 14));
              return (
                tall > 0 && (
                  <rect
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                    key={column}
                    x={left + (column * plot) / columns.length}
                    y={eventsBottom - tall}
                    width={barWidth}
                    height={tall}
                  />
                )
              );
            })}
          </g>
          {twin && (
            <g className="lane twin-lane" data-testid="twin-lane">
              <text className="lane-name" x={0} y={twinMiddle + 4}>
                EventSource
              </text>
              <line className="lane-line" x1={left} x2={left + plot} y1={twinMiddle} y2={twinMiddle} />
              {twinBandsOf(twin, span, now).map(({ phase, from, to }) => (
                <rect
                  key={`${phase} ${from}`}
                  className={phase === "silent" ? "silent" : `band state-${phase}`}
                  data-phase={phase}
                  x={x(from)}
                  y={twinMiddle - twinBarHeight[phase] / 2}
                  width={Math.max(leastWidth, x(to) - x(from))}
                  height={twinBarHeight[phase]}
                  rx={2}
                />
              ))}
            </g>
          )}
          {end?.live && <line className="now" x1={x(end.to)} x2={x(end.to)} y1={0} y2={bottom} />}
        </svg>
      )}
    </div>
  );
}

/** The picture in words. */
function summaryOf(bands: readonly Band[]): string {
  const [first, last] = [bands[0], bands.at(-1)];
  if (!first || !last) return "Timeline of the connection: nothing yet.";
  const parts = totalsOf(bands)
    .filter(({ times }) => times > 0)
    .map(
      ({ state, times, ms }) =>
        `${stateTitles[state].toLowerCase()} ${times} ${times === 1 ? "time" : "times"}${ms > 0 ? `, ${formatDuration(ms)}` : ""}`,
    );
  return `Timeline of the connection over ${formatDuration(last.to - first.from)}: ${parts.join("; ")}. Now ${stateTitles[last.state].toLowerCase()}.`;
}
