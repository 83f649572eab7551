// One kind of fault: its fields, whom it strikes and how often, and what to
// expect of it on either side.
import { type FormEvent, useId, useState } from "react";
import type { FaultField, FaultKind, Reach, Values } from "../model/faults.ts";

interface Props {
  kind: FaultKind;
  /** Whether nothing of the run is connected any more. */
  over: boolean;
  onInject: (
    kind: FaultKind,
    values: Values,
    reach: Omit<Reach, "runId" | "eachClient">,
    allStreams: boolean,
  ) => void;
}

export function FaultForm({ kind, over, onInject }: Props) {
  const expectId = useId();
  const [mode, setMode] = useState<Reach["mode"]>("once");
  const [all, setAll] = useState(false);
  const process = kind.strikes === "process";

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = Object.fromEntries(kind.fields.map((field) => [field.name, valueIn(field, form)]));
    const reach = { mode, times: Number(form.get("times") ?? 1), seconds: Number(form.get("seconds") ?? 1) };
    onInject(kind, values, reach, all);
  }

  return (
    <form className="fault" onSubmit={submit}>
      <dl id={expectId} className="expect">
        <dt>Ours</dt>
        <dd>{kind.ours}</dd>
        <dt>Browser’s</dt>
        <dd>{kind.twin}</dd>
      </dl>
      <div className="fault-fields">
        {kind.fields.map((field) => (
          <Field key={field.name} field={field} />
        ))}
        {!process && (
          <>
            <label>
              <span>Strikes</span>
              <select
                value={all ? "all" : "run"}
                onChange={({ target }) => setAll(target.value === "all")}
                data-testid="fault-scope"
              >
                <option value="run">this run</option>
                <option value="all">all streams</option>
              </select>
            </label>
            <label>
              <span>How often</span>
              <select
                value={mode}
                onChange={({ target }) => setMode(target.value as Reach["mode"])}
                data-testid="fault-mode"
              >
                <option value="once">once</option>
                <option value="times">some times</option>
                <option value="while">every time for a while</option>
              </select>
            </label>
            {mode === "times" && (
              <Field field={{ ...count, name: "times", label: "Times", initial: 3, max: 50 }} />
            )}
            {(mode === "while" || kind.lasts) && (
              <Field
                field={{
                  ...count,
                  name: "seconds",
                  label: "For",
                  unit: "s",
                  initial: kind.lasts ?? 15,
                  max: 600,
                }}
              />
            )}
          </>
        )}
      </div>
      <button
        type="submit"
        className="danger"
        disabled={over && !all && !process}
        data-testid="inject-fault"
        aria-describedby={expectId}
      >
        {kind.title}
        {kind.strikes === "requests" && ", after a cut"}
      </button>
    </form>
  );
}

const count = { type: "number", unit: "", min: 1 } as const;

function Field({ field }: { field: FaultField }) {
  const { name, label } = field;
  switch (field.type) {
    case "check":
      return (
        <label>
          <input type="checkbox" name={name} defaultChecked={field.initial} />
          <span>{label}</span>
        </label>
      );
    case "choice":
      return (
        <label>
          <span>{label}</span>
          <select name={name} defaultValue={field.initial}>
            {field.values.map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        </label>
      );
    case "number": {
      const { initial, min, max, unit } = field;
      const size = `${initial}`.length;
      return (
        <label>
          <span>{label}</span>
          <input
            type="number"
            name={name}
            required
            min={min}
            max={max}
            defaultValue={initial}
            style={{ width: `${Math.max(3, size) + 3}ch` }}
          />
          {unit && <span>{unit}</span>}
        </label>
      );
    }
  }
}

function valueIn(field: FaultField, form: FormData): number | string | boolean {
  const value = form.get(field.name);
  if (field.type === "check") return value !== null;
  return field.type === "number" ? Number(value) : String(value);
}
