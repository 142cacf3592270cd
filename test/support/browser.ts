import { existsSync } from 'node:fs';

// Debian's, Ubuntu's, Fedora's and macOS's; or what CHROMIUM says.
const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium of this machine; `undefined` if there is none, of which the tests warn. */
export const CHROMIUM = PLACES.find((path) => path !== '' && existsSync(path));

if (!CHROMIUM) {
  const message = 'NOTHING IS TESTED IN A BROWSER. Install Chromium, or say where it is with CHROMIUM=/path.';
  if (process.env.CI) throw new Error(message);
  console.warn(`\n${'!'.repeat(message.length)}\n${message}\n${'!'.repeat(message.length)}\n`);
}
