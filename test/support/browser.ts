import { existsSync } from 'node:fs';

// The paths on Debian, Ubuntu, Fedora and macOS; or the value of CHROMIUM.
const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The path of Chromium; `undefined`, after a warning, if it is not installed. */
export const CHROMIUM = PLACES.find((path) => path !== '' && existsSync(path));

if (!CHROMIUM) {
  const message = 'NOTHING IS TESTED IN A BROWSER. Install Chromium, or set its path with CHROMIUM=/path.';
  if (process.env.CI) throw new Error(message);
  console.warn(`\n${'!'.repeat(message.length)}\n${message}\n${'!'.repeat(message.length)}\n`);
}
