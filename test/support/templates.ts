import { readFileSync } from 'node:fs';
import { variantsFile } from './once.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
export type Json = Record<string, any>;

/**
 * The template of a variant, without bundles, and whether its stack is protected from deletion. It was synthesized before the
 * suites began.
 */
export const variant = (name: string): { readonly template: Json; readonly terminationProtection: boolean } =>
  JSON.parse(readFileSync(variantsFile(), 'utf8'))[name];

/** The resources of a type, with their logical ids. */
export const resourcesOf = (template: Json, ...types: readonly string[]): [string, Json][] =>
  Object.entries<Json>(template.Resources).filter(([, { Type }]) => types.includes(Type));
