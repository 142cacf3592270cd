import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const PROJECT = resolve(import.meta.dirname, '..');
const ROOMS = ['functions', 'infra', 'reader', 'package', 'emulator', 'local', 'oncall', 'bench'];

/**
 * Every module of the project with its imports, including type imports: paths from the project's root, or names of packages.
 */
const modules = new Map(
  ROOMS.flatMap((room) => readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)))
    .filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.includes('node_modules'))
    .map((file) => [file, importsOf(file)]),
);

function importsOf(file: string): string[] {
  const source = readFileSync(join(PROJECT, file), 'utf8');
  const specifiers = [...source.matchAll(/^(?:import|export)[^'";]*?from '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, a, b]) => a ?? b ?? '',
  );
  return specifiers.map((name) => (name.startsWith('.') ? relative(PROJECT, resolve(PROJECT, dirname(file), name)) : name));
}

const importers = (from: (file: string) => boolean, of: (imported: string) => boolean): string[] =>
  [...modules].filter(([file]) => from(file)).flatMap(([file, all]) => all.filter(of).map((one) => `${file} → ${one}`));

/** A cycle of a graph, as text. */
const cycleIn = (graph: ReadonlyMap<string, Iterable<string>>): string | undefined => {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): string | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node].join(' → ');
    if (finished.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return undefined;
};

const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

describe('imports', () => {
  test('are found at all', () => {
    expect(modules.size).toBeGreaterThan(30);
    expect(modules.get('functions/ingest/index.ts')).toContain('functions/ingest/receive.ts');
  });

  test('of the core lead only to the core and valibot', () => {
    expect(importers(within('functions/core'), (to) => to !== 'valibot' && !within('functions/core')(to))).toEqual([]);
  });

  test('of use cases lead to no adapter: they declare what they need', () => {
    const isAdapter = (file: string) => modules.get(file)?.some((name) => /^(@aws-sdk|@middy)\//.test(name)) ?? false;
    const isUseCase = (file: string) => within('functions')(file) && !file.endsWith('/index.ts') && !isAdapter(file);
    expect(importers(isUseCase, isAdapter)).toEqual([]);
    for (const file of ['ingest/receive', 'apply/apply', 'publish/publish', 'dead-letters/widget', 'release-check/check'])
      expect([file, isUseCase(`functions/${file}.ts`)]).toEqual([file, true]);
    for (const file of ['ingest/http', 'apply/state-table', 'publish/stream', 'queues/messages'])
      expect([file, isAdapter(`functions/${file}.ts`)]).toEqual([file, true]);
  });

  test('that create AWS clients are only in the composition roots', () => {
    const makers = [...modules.keys()].filter(
      (file) => within('functions')(file) && /new \w+Client\(/.test(readFileSync(join(PROJECT, file), 'utf8')),
    );
    expect(makers.sort()).toEqual([
      'functions/apply/index.ts',
      'functions/dead-letters/index.ts',
      'functions/forward/index.ts',
      'functions/ingest/index.ts',
      'functions/publish/index.ts',
      'functions/reconcile/index.ts',
      'functions/release-check/index.ts',
    ]);
  });

  test('of one function do not lead to another, except those of the release check to signatures', () => {
    const functions = [...modules.keys()]
      .filter((file) => /^functions\/[\w-]+\/index\.ts$/.test(file))
      .map((file) => file.replace('/index.ts', ''));
    expect(functions.length).toBeGreaterThan(6);
    const toAnother = functions.flatMap((from) =>
      importers(within(from), (to) => functions.some((other) => other !== from && within(other)(to))),
    );
    expect(toAnother).toEqual([
      'functions/release-check/expectation.ts → functions/ingest/signature.ts',
      'functions/release-check/expectation.ts → functions/ingest/tokens.ts',
    ]);
  });

  test('of the functions stay in functions/; only package/ imports oncall/, only bench/ imports local/ and the emulator, nothing imports bench/', () => {
    const otherRooms = (to: string) => ROOMS.slice(1).some((room) => within(room)(to));
    expect(importers(within('functions'), otherRooms)).toEqual([]);
    const others =
      (...rooms: string[]) =>
      (file: string) =>
        !rooms.some((room) => within(room)(file));
    expect(importers(others('oncall', 'package'), within('oncall'))).toEqual([]);
    expect(importers(others('bench'), within('bench'))).toEqual([]);
    expect(importers(others('local', 'bench'), within('local'))).toEqual([]);
    expect(importers(others('emulator', 'local', 'bench'), within('emulator'))).toEqual([]);
  });

  test('of the emulator lead to no other room, and those of local/ only to its door', () => {
    const otherRooms = (to: string) => ROOMS.some((room) => room !== 'emulator' && within(room)(to));
    expect(importers(within('emulator'), otherRooms)).toEqual([]);
    expect(importers(within('local'), (to) => within('emulator')(to) && to !== 'emulator/index.ts')).toEqual([]);
  });

  test.each(['emulator', 'local'])('between folders of %s point in one direction, and never to a folder above', (room) => {
    const inRoom = [...modules].filter(([file]) => within(room)(file));
    expect(importers(within(room), (to) => to.startsWith('..'))).toEqual([]);
    const above = inRoom.flatMap(([file, all]) =>
      all.filter((to) => within(room)(to) && dirname(file).startsWith(`${dirname(to)}/`)).map((to) => `${file} → ${to}`),
    );
    expect(above).toEqual([]);
    const arrows = new Map<string, Set<string>>();
    for (const [file, all] of inRoom) {
      const others = all.filter((to) => within(room)(to) && dirname(to) !== dirname(file)).map((to) => dirname(to));
      arrows.set(dirname(file), new Set([...(arrows.get(dirname(file)) ?? []), ...others]));
    }
    expect(cycleIn(arrows)).toBeUndefined();
  });

  test('have no cycles', () => {
    expect(cycleIn(modules)).toBeUndefined();
  });
});
