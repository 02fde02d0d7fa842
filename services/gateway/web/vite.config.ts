import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type HtmlTagDescriptor, type Plugin } from "vite";

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

/**
 * Lets the browser fetch, while it still reads the page, what the first look needs: everything
 * the gateway knows, and the page that is looked at first with its style.
 */
function headStart(): Plugin {
  return {
    name: "head-start",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const first = Object.values(bundle ?? {}).find(
          (chunk) => chunk.type === "chunk" && chunk.facadeModuleId?.endsWith("/pages/Now.svelte"),
        );
        if (first?.type !== "chunk") throw new Error("The page Now has no chunk of its own.");
        const link = (attrs: Record<string, string | true>): HtmlTagDescriptor => ({
          tag: "link",
          attrs,
          injectTo: "head",
        });
        return [
          link({ rel: "preload", as: "fetch", crossorigin: true, href: "./api/dashboard/bundle" }),
          ...[first.fileName, ...first.imports].filter((file) => !html.includes(file)).map((file) =>
            link({ rel: "modulepreload", crossorigin: true, href: `./${file}` }),
          ),
          ...[...(first.viteMetadata?.importedCss ?? [])].map((file) =>
            link({ rel: "stylesheet", crossorigin: true, href: `./${file}` }),
          ),
        ];
      },
    },
  };
}

// What every page needs is one file, and the pages that are looked at now and then are another:
// fewer and larger files pack better, and each costs a request.
const TOGETHER: readonly [RegExp, string][] = [
  [/node_modules\/(svelte|esm-env|clsx)\//, "base"],
  [/src\/messages\/sv\//, "sv"],
  [/src\/(live|messages\/en|messages\/index|core\/[a-z.]+$)/, "base"],
  [/src\/components\/(?!Login)[A-Z][A-Za-z]+\.svelte/, "base"],
  [/src\/(pages|components)\/(executor|aurora|lab|savings|strip|Executor|Aurora|Lab|Savings)/, "more"],
  [/src\/((pages|components)\/(settings|welcome\/(?!Offer)|Settings|Welcome)|core\/settings)/, "settings"],
];

// Every path is relative, so that the page works below any prefix of a proxy.
export default defineConfig({
  base: "./",
  plugins: [svelte(), docs(), headStart()],
  build: {
    outDir: "../src/darkstar_gateway/static",
    emptyOutDir: true,
    target: "es2022",
    minify: "terser",
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rollupOptions: {
      output: {
        manualChunks: (id) => TOGETHER.find(([pattern]) => pattern.test(id))?.[1],
      },
    },
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8410", ws: true } } },
});
