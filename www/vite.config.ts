// How the page is built into www/dist, and served by `npm run dev`. The package
// is found as a consumer finds it: node_modules/resilient-eventsource is pkg/.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The address of the dashboard's server; `npm run dev` sets it. */
const api = process.env.DASHBOARD_API ?? "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [react()],
  build: { emptyOutDir: true },
  // The build of the package may change while this runs; a pre-bundled copy of it would be stale.
  optimizeDeps: { exclude: ["resilient-eventsource"] },
  server: { proxy: { "/v1": api, "/faults": api, "/health": api } },
});
