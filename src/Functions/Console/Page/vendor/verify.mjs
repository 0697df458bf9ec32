// Proves that the vendored files are those of the packages that package-lock.json names. npm checks the packages' integrity.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const files = {
  'htm.js': 'htm/preact/standalone.module.js',
  'LICENSE.htm': 'htm/LICENSE',
  'uplot.js': 'uplot/dist/uPlot.iife.min.js',
  'uplot.css': 'uplot/dist/uPlot.min.css',
  'LICENSE.uplot': 'uplot/LICENSE',
};
const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'console-vendor-'));
try {
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(join(here, name), join(folder, name));
  }
  execFileSync('npm', ['ci', '--prefer-offline', '--silent'], { cwd: folder, stdio: 'inherit' });
  const changed = Object.entries(files).filter(([ours, theirs]) => !readFileSync(join(here, ours)).equals(readFileSync(join(folder, 'node_modules', theirs))));
  for (const [ours, theirs] of changed) {
    console.error(`${ours} differs from ${theirs}. Copy the package's file, or correct the version in package.json and renew the lock file.`);
  }
  process.exitCode = changed.length > 0 ? 1 : 0;
  if (changed.length === 0) {
    console.log(`${Object.keys(files).length} files are as in their packages.`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
