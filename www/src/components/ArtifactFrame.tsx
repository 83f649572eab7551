// A document that a run made, run where it can do no harm: scripts, but no origin
// (`allow-same-origin` would give it the page's), and no way to any address: the policy below forbids
// requests, and the page's own (index.html) that the frame goes elsewhere, which is for its parent to forbid.
import { useEffect, useRef, useState } from "react";

/** Before everything else: what a document says later can only narrow it. */
const policy =
  "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:\">";

export function ArtifactFrame({ name, html }: { name: string; html: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [seen, setSeen] = useState(false);

  // `loading="lazy"` is for addresses; Chromium loads a srcdoc at once.
  useEffect(() => {
    const element = frame.current;
    if (!element || seen) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true),
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);

  return (
    <iframe
      ref={frame}
      className="artifact-frame"
      title={`Artifact ${name}`}
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
      data-testid="artifact-frame"
      {...(seen ? { srcDoc: policy + html } : {})}
    />
  );
}
