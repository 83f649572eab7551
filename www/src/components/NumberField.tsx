// A labelled field for a whole number, or nothing.
import type { ComponentProps } from "react";

interface Props extends ComponentProps<"input"> {
  label: string;
}

export function NumberField({ label, min = 0, ...input }: Props) {
  return (
    <label className="field">
      <span>{label}</span>
      <input type="number" inputMode="numeric" step={1} min={min} autoComplete="off" {...input} />
    </label>
  );
}
