import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

/** Puts what `api/docs` needs beside the page, so that nothing is loaded from elsewhere. */
function docs(): Plugin {
  const files = {
    "swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui.css",
    LICENSE: "LICENSE.txt",
    NOTICE: "NOTICE.txt",
  };
  return {
    name: "docs",
    apply: "build",
    generateBundle() {
      for (const [from, to] of Object.entries(files)) {
        const source = readFileSync(new URL(`node_modules/swagger-ui-dist/${from}`, import.meta.url));
        this.emitFile({ type: "asset", fileName: `docs/${to}`, source });
      }
    },
  };
}

// Every path is relative, so that the page works below any prefix of a proxy.
export default defineConfig({
  base: "./",
  plugins: [svelte(), docs()],
  build: {
    outDir: "../src/darkstar_gateway/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8410", ws: true } } },
});
