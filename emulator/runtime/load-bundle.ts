import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON, registerHooks } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';

/**
 * Loads a file of a function as Lambda does, where nothing lies above the function's folder. Here, the package.json of the team's
 * app does: if it says `"type": "module"`, Node.js would take CommonJS bundles for ES modules.
 */
export const loadBundle = async (folder: string, path: string): Promise<Record<string, unknown>> => {
  if (!path.endsWith('.js') || !isModuleByApp(folder, path) || !isCommonJs(path)) return import(pathToFileURL(path).href);
  const inside = pathToFileURL(folder + sep).href;
  registerHooks({
    load: (url, context, next) =>
      url.startsWith(inside) && url.endsWith('.js')
        ? { format: 'commonjs', source: readFileSync(new URL(url)), shortCircuit: true }
        : next(url, context),
  });
  return createRequire(import.meta.url)(path);
};

const isModuleByApp = (folder: string, path: string): boolean => {
  const found = findPackageJSON(pathToFileURL(path).href);
  return found !== undefined && !found.startsWith(folder + sep) && JSON.parse(readFileSync(found, 'utf8')).type === 'module';
};

const isCommonJs = (path: string): boolean => {
  try {
    compileFunction(readFileSync(path, 'utf8'));
    return true;
  } catch {
    return false;
  }
};
