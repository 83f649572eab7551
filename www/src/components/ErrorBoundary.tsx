// Keeps a fault of the page from leaving a blank one.
import { Component, type ReactNode } from "react";

interface State {
  error: unknown;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section className="card" role="alert" data-testid="page-error">
        <h2>This part of the page stopped working</h2>
        <p className="muted">{error instanceof Error ? error.message : String(error)}</p>
        <button type="button" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </section>
    );
  }
}
