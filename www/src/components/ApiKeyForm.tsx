// Asks for the key that the server wants, once it refused a request without it.
import type { FormEvent } from "react";
import { choose, useSession } from "../session.ts";

export function ApiKeyForm() {
  const { locked, apiKey } = useSession();
  if (!locked) return null;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    // The one that was refused is refused again.
    if (key) choose({ apiKey: key, locked: key === apiKey });
  }

  return (
    <form className="card api-key" onSubmit={submit} aria-labelledby="key-title" data-testid="api-key">
      <h2 id="key-title">This server asks for an API key</h2>
      <p className="muted">
        {apiKey ? "It refused the one that was given. " : ""}
        The key stays in this tab and is sent as a header, <code>X-API-Key</code>. The browser’s own
        EventSource cannot send headers.
      </p>
      <div className="api-key-fields">
        <input
          name="key"
          type="password"
          aria-label="API key"
          placeholder="API key"
          autoComplete="off"
          required
          // What the server takes for one; a browser sends no other as a header, so the server could not refuse it.
          pattern="\s*[!-~]+\s*"
          title="Visible ASCII characters, without spaces"
          data-testid="api-key-input"
        />
        <button type="submit" className="primary" data-testid="api-key-submit">
          Use this key
        </button>
      </div>
    </form>
  );
}
