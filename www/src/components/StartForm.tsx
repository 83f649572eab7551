// Starts a run. Every field may stay empty.
import { type FormEvent, useState } from "react";
import { type RunRequest, startRun } from "../api.ts";
import { NumberField } from "./NumberField.tsx";

export function StartForm({ onStarted }: { onStarted: (runId: string) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onStarted((await startRun(requestOf(new FormData(event.currentTarget)))).run_id);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className="card start-form" onSubmit={submit} aria-labelledby="start-title">
      <h2 id="start-title">Start a run</h2>
      <div className="fields">
        <NumberField name="events" label="Log lines" max={100_000} placeholder="a few" />
        <NumberField name="delay_ms" label="Delay, ms" max={600_000} placeholder="natural" />
        <NumberField name="persist_ms" label="Persist after, ms" max={600_000} placeholder="400" />
        <label className="field">
          <span>Fail with code</span>
          <input name="fail" placeholder="none" maxLength={64} autoComplete="off" spellCheck={false} />
        </label>
      </div>
      <button className="primary" type="submit" disabled={busy} data-testid="start-run">
        {busy ? "Starting…" : "Start run"}
      </button>
      {error && (
        <p className="problem" role="alert" data-testid="start-error">
          {error}
        </p>
      )}
    </form>
  );
}

function requestOf(form: FormData): RunRequest {
  const request: RunRequest = {};
  for (const name of ["events", "delay_ms", "persist_ms"] as const) {
    const text = String(form.get(name) ?? "");
    if (text) request[name] = Number(text);
  }
  const fail = String(form.get("fail") ?? "").trim();
  if (fail) request.fail = fail;
  return request;
}
