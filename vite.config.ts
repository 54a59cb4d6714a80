import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: at('./src/app'),
  plugins: [react()],
  build: {
    outDir: at('./dist/app'),
    emptyOutDir: true,
    target: 'chrome114',
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { index: at('./src/app/index.html'), launch: at('./launch/launch.ts') },
      // The server's own pages name the launch script and its style: they keep their names, all else carries a hash.
      output: {
        entryFileNames: ({ name }) => (name === 'launch' ? 'launch.js' : 'assets/[name]-[hash].js'),
        assetFileNames: ({ names }) => (names.includes('launch.css') ? 'launch.css' : 'assets/[name]-[hash][extname]'),
      },
    },
  },
})
