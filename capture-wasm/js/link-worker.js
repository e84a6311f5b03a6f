// Runs the link between audio thread and relay in a module worker. The page sends one message:
// the compiled module, where it can be handed over, and the port on which the link is served.

import init, { serveLink } from "./switchboard_capture.js";

self.addEventListener(
  "message",
  async ({ data, ports: [port] }) => {
    try {
      await init(data.module && { module_or_path: data.module });
    } catch (error) {
      port.postMessage({ type: "unavailable", detail: String(error) });
      return;
    }
    serveLink(port);
  },
  { once: true },
);
