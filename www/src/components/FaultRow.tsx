// One fault: its button, its numbers, and what to expect of it.
import { type FormEvent, useId } from "react";
import type { FaultKind } from "../model/faults.ts";

interface Props {
  kind: FaultKind;
  disabled: boolean;
  onInject: (values: Record<string, number>) => void;
}

export function FaultRow({ kind, disabled, onInject }: Props) {
  const expectId = useId();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onInject(Object.fromEntries(kind.fields.map(({ name }) => [name, Number(form.get(name))])));
  }

  return (
    <form className="fault" onSubmit={submit}>
      <button type="submit" disabled={disabled} data-testid={`fault-${kind.id}`} aria-describedby={expectId}>
        {kind.title}
      </button>
      <span className="fault-fields">
        {kind.fields.map(({ name, label, unit, initial, min, max }) => (
          <label key={name}>
            <span>{label}</span>
            <input
              type="number"
              name={name}
              required
              min={min}
              max={max}
              defaultValue={initial}
              disabled={disabled}
            />
            {unit && <span>{unit}</span>}
          </label>
        ))}
      </span>
      <p id={expectId} className="muted">
        {kind.expect}
      </p>
    </form>
  );
}
