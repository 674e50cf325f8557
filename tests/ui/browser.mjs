// What the browser tests share: a server (LANDFALL_URL, or the mock over LANDFALL_DUMPS), Chromium, and ways to look at the page.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { start } from './mock/server.mjs';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const DESK = { width: 1360, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** Why the browser tests cannot run here, or false. */
export const missing =
  process.env.LANDFALL_URL || process.env.LANDFALL_DUMPS
    ? false
    : 'set LANDFALL_URL to a running server, or LANDFALL_DUMPS to a folder that `landfall replay --out` wrote (see run.sh)';

/** A server and a browser for one test file. `mock` is null against a real server. */
export async function setUp(options = {}) {
  // No server of ours asks for a token here, so what is about tokens is tested against the mock.
  const mock =
    (options.url ?? process.env.LANDFALL_URL) && !options.token
      ? null
      : await start({
          dumps: process.env.LANDFALL_DUMPS,
          events: process.env.LANDFALL_EVENTS,
          clock: process.env.LANDFALL_CLOCK,
          ...options,
        });
  const base = mock?.url ?? (options.url ?? process.env.LANDFALL_URL).replace(/\/?$/, '/');
  const profile = mkdtempSync(join(tmpdir(), 'landfall-ui-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS,
    viewport: DESK,
    acceptDownloads: true,
  });
  const faults = [];
  /** Opens an address in a new tab; what goes wrong in the page is collected in `faults`. */
  const open = async (hash, { viewport = DESK, scheme = 'light', before, ready = 'h1' } = {}) => {
    const page = await context.newPage();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    page.on('pageerror', (error) => faults.push(`${hash}: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        faults.push(`${hash}: ${message.text()}`);
    });
    await before?.(page);
    await page.goto(base + hash);
    if (ready) await page.waitForSelector(ready);
    return page;
  };
  const api = async (path) => {
    const response = await fetch(`${base}api/v1/${path}`, {
      headers: process.env.LANDFALL_TOKEN ? { authorization: `Bearer ${process.env.LANDFALL_TOKEN}` } : {},
    });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.json();
  };
  const close = async () => {
    await context.close();
    mock?.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { open, api, base, context, faults, mock, close };
}

/** The grid's drawn rows as objects of column and text. */
export function rows(page) {
  return page.$$eval('table.grid tbody:not(.spacer) tr', (found) =>
    found.map((row) => ({
      key: row.dataset.key,
      at: Number(row.dataset.at),
      classes: row.className,
      ...Object.fromEntries([...row.cells].map((cell) => [cell.dataset.column, cell.textContent])),
    })),
  );
}

/** Waits until the grid has rows. */
export async function gridReady(page) {
  await page.waitForSelector('table.grid tbody:not(.spacer) tr');
}

/** The page's address behind the `#`. */
export const hashOf = (page) => page.evaluate(() => decodeURIComponent(location.hash));

/** Server-sent events as text. */
export function sse(frames) {
  return frames
    .map(
      ({ event, id, data }) =>
        `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
    )
    .join('');
}

/** Something that is waited for until the test lets it go. */
export function gate() {
  let release;
  const opened = new Promise((resolve) => {
    release = resolve;
  });
  return { opened, release };
}
