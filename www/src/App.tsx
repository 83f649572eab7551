// The page: runs on the left, the selected one on the right. The selection is
// in the address (#run=…), so that a reload and a link keep it.
import { useCallback, useSyncExternalStore } from "react";
import { ApiKeyForm } from "./components/ApiKeyForm.tsx";
import { ErrorBoundary } from "./components/ErrorBoundary.tsx";
import { RunList } from "./components/RunList.tsx";
import { RunPage } from "./components/RunPage.tsx";
import { StartForm } from "./components/StartForm.tsx";
import { Welcome } from "./components/Welcome.tsx";
import { useRuns } from "./runs.ts";
import { useSession } from "./session.ts";

export function App() {
  // With another key everything is asked for anew.
  return <Page key={useSession().apiKey} />;
}

function Page() {
  const selected = useSyncExternalStore(onHashChange, selectedRun);
  const { runs, error, refresh, add } = useRuns(selected);
  const started = useCallback(
    (runId: string) => {
      add(runId);
      location.hash = `run=${runId}`;
    },
    [add],
  );
  return (
    <div className="app">
      <header className="app-header">
        <img src="/favicon.svg" alt="" width="28" height="28" />
        <h1>Resilient EventSource</h1>
        <p>Start a run, break its connection, watch it recover.</p>
      </header>
      <aside className="sidebar">
        <StartForm onStarted={started} />
        <RunList runs={runs} error={error} selected={selected} onRefresh={refresh} />
      </aside>
      <main className="content">
        <ApiKeyForm />
        {selected ? (
          <ErrorBoundary key={selected}>
            <RunPage
              runId={selected}
              listed={runs?.find(({ run_id }) => run_id === selected)}
              onEnded={refresh}
            />
          </ErrorBoundary>
        ) : (
          <ErrorBoundary>
            <Welcome onChange={refresh} />
          </ErrorBoundary>
        )}
      </main>
    </div>
  );
}

/** Of a path with dots for a run's id nothing would be left but the way to another stream. */
const selectedRun = () => {
  const id = new URLSearchParams(location.hash.slice(1)).get("run");
  return id === "." || id === ".." ? null : id;
};

function onHashChange(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
