import { vitePreprocess } from "@sveltejs/vite-plugin-svelte";

export default {
  preprocess: vitePreprocess(),
  // The class that keeps a component's style to itself stands at every element: a short one.
  compilerOptions: { cssHash: ({ hash, css }) => `s${hash(css)}` },
};
