// How the page's source connects; another choice opens it anew.
import { type TransportChoice as Choice, choose, transports, useSession } from "../session.ts";

export function TransportChoice() {
  const { transport, apiKey } = useSession();
  return (
    <div className="transport-choice">
      <label>
        <span className="muted">Option transport</span>
        <select
          value={transport}
          onChange={({ target }) => choose({ transport: target.value as Choice })}
          data-testid="transport-choice"
        >
          {transports.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {transport === "native" && (
        <p className="muted">
          {apiKey
            ? "The platform’s EventSource cannot send the key."
            : "The platform’s EventSource under the same rules: it sees no status, header or comment."}
        </p>
      )}
    </div>
  );
}
