// The lines in sight. The list follows the newest line, until it is scrolled up.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import { formatCount, formatTime } from "../model/format.ts";
import type { LogLine } from "../model/run.ts";

interface Props {
  lines: readonly LogLine[];
}

export function LogLines({ lines }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const scrollTop = useRef(0);
  const [follow, setFollow] = useState(true);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 12,
  });

  const height = virtualizer.getTotalSize();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height grows with lines, and as they are measured
  useLayoutEffect(() => {
    const element = scroller.current;
    if (follow && element) element.scrollTop = element.scrollHeight;
  }, [follow, height]);

  function scrolled() {
    const element = scroller.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 30;
    // New lines put the end further away too; only a person scrolls up.
    if (atEnd) setFollow(true);
    else if (element.scrollTop < scrollTop.current) setFollow(false);
    scrollTop.current = element.scrollTop;
  }

  return (
    <div className="log-frame">
      {/* Silent: a reader that speaks each line would never end. */}
      <div
        className="log-lines"
        ref={scroller}
        onScroll={scrolled}
        role="log"
        aria-live="off"
        aria-label="Log lines"
      >
        <div style={{ height }} className="log-sizer">
          {virtualizer.getVirtualItems().map(({ index, start, key }) => {
            const line = lines[index];
            return (
              line && (
                <div
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  className={`log-row level-${line.level}`}
                  style={{ transform: `translateY(${start}px)` }}
                  data-testid="log-row"
                  data-line={line.line}
                >
                  <span className="log-line-number">{formatCount(line.line)}</span>
                  <time dateTime={new Date(line.at).toISOString()}>{formatTime(line.at)}</time>
                  <span className="log-level">{line.level}</span>
                  <span className="log-stage">{line.stage}</span>
                  <span className="log-message">{line.message}</span>
                </div>
              )
            );
          })}
        </div>
      </div>
      {!follow && (
        <button type="button" className="log-jump" onClick={() => setFollow(true)} data-testid="log-follow">
          ↓ Newest
        </button>
      )}
    </div>
  );
}
