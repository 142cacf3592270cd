import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, findPackageJSON, registerHooks } from 'node:module';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';

/**
 * Loads a file of a function as Lambda does, where nothing lies above the function's folder. Here, the package.json of the team's
 * app does: if it says `"type": "module"`, Node.js would take CommonJS bundles for ES modules.
 */
export const loadBundle = async (folder: string, path: string): Promise<Record<string, unknown>> => {
  // As Node.js names the modules that it loads.
  const root = realpathSync(folder);
  const main = realpathSync(path);
  if (!isModuleByApp(root, main) || !isCommonJs(main)) return import(pathToFileURL(main).href);
  registerHooks({
    load: (url, context, next) =>
      url.startsWith('file:') && isModuleByApp(root, fileURLToPath(url))
        ? { format: 'commonjs', source: readFileSync(new URL(url)), shortCircuit: true }
        : next(url, context),
  });
  return createRequire(import.meta.url)(main);
};

/** Whether Node.js takes a file of the function for an ES module only because of the app. A package inside says itself what it is. */
const isModuleByApp = (folder: string, path: string): boolean => {
  if (!path.startsWith(folder + sep) || !path.endsWith('.js')) return false;
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
