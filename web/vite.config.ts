import { defineConfig } from "vite";

// The build lands in the Python package; the server reads its manifest and needs no Node.
export default defineConfig({
  base: "./", // files find each other wherever the site is served from
  publicDir: false,
  build: {
    outDir: "../src/vigie/site/static/build",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // the map, loaded when it is seen
    rollupOptions: { input: "src/main.ts" },
  },
});
