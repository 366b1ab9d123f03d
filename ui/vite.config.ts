import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { firstPage } from './vite.firstpage.ts';
import { precompress } from './vite.precompress.ts';

const gateway = process.env['MS_GATEWAY'] ?? 'http://127.0.0.1:3001';

export default defineConfig({
  plugins: [react(), firstPage({ page: '/src/pages/WorkspacePage.tsx', font: 'inter-latin-wght-normal.woff2' }), precompress()],
  server: {
    port: 5174,
    strictPort: true,
    proxy: { '/api': gateway, '/sse': gateway, '/ws': { target: gateway, ws: true } },
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    // The gateway's policy allows fonts and scripts from files of the own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'happy-dom',
    // One for each core, also of a machine with two.
    maxWorkers: '100%',
    include: ['src/**/*.test.{ts,tsx}', 'bench/**/*.test.mjs'],
    setupFiles: ['src/test/setup.ts'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    restoreMocks: true,
  },
});
