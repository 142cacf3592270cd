import { readFileSync } from 'node:fs';
import { variantsFile } from './once.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
export type Json = Record<string, any>;

/**
 * The template of a variant, without bundles, and whether its stack has termination protection. Synthesized before the suites.
 */
export const variant = (name: string): { readonly template: Json; readonly terminationProtection: boolean } =>
  JSON.parse(readFileSync(variantsFile(), 'utf8'))[name];

/** The resources of these types, with their logical ids. */
export const resourcesOf = (template: Json, ...types: readonly string[]): [string, Json][] =>
  Object.entries<Json>(template.Resources).filter(([, { Type }]) => types.includes(Type));
