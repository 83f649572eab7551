// What the page shows before a run is selected.
import { useSession } from "../session.ts";
import { AllRuns } from "./AllRuns.tsx";

export function Welcome({ onChange }: { onChange: () => void }) {
  // Without its key a server tells nothing that could be shown.
  const { locked } = useSession();
  return (
    <>
      <section className="card welcome">
        <h2>No run selected</h2>
        <p>
          Start a run: one click is enough. It works for some ten to twenty seconds and says what it does in
          an event stream.
        </p>
        <p className="muted">
          While it runs, break its connection: cut it, hang it, restart the server. The timeline shows what
          the connection did about it, beside what the browser’s own EventSource does.
        </p>
      </section>
      {!locked && <AllRuns onChange={onChange} />}
    </>
  );
}
