import { INSTALLATIONS } from './installations.ts';
import { readSettings, SETTING_NAMES, SettingsError } from './read-settings.ts';
import type { Settings } from './settings.ts';

// Settings that identify an installation can't be overridden for one command.
const NOT_OVERRIDABLE = ['stage', 'account', 'region', 'bootstrapQualifier'];
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,79}$/;

/** The settings given for this command with `-c name=value`. Context keys of the CDK itself contain more than letters. */
export const experimentsIn = (context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(context).filter(([name]) => /^[a-z]+$/i.test(name) && name !== 'installations'));

/**
 * The installations to synthesize, by name, with the settings of the command line applied.
 *
 * @throws SettingsError that names the installation and each wrong value
 */
export const readInstallations = (context: Readonly<Record<string, unknown>>): ReadonlyMap<string, Settings> => {
  const experiments = experimentsIn(context);
  const fixed = Object.keys(experiments).find((name) => NOT_OVERRIDABLE.includes(name));
  if (fixed) throw new SettingsError(`${fixed} can't be set with -c. Set it in infra/installations.ts.`);
  const unknown = Object.keys(experiments).find((name) => !SETTING_NAMES.includes(name));
  if (unknown) throw new SettingsError(`Unknown setting ${unknown}. The settings are ${SETTING_NAMES.join(', ')}.`);

  const installations = (context.installations ?? INSTALLATIONS) as typeof INSTALLATIONS;
  return new Map(
    Object.entries(installations).map(([name, given]) => {
      if (!STACK_NAME.test(name)) {
        throw new SettingsError(
          `"${name}" is not a valid stack name. Use letters, digits and hyphens, start with a letter, 80 characters at most.`,
        );
      }
      try {
        return [name, readSettings({ ...given, ...experiments })];
      } catch (error) {
        if (error instanceof SettingsError) throw new SettingsError(error.message.replaceAll(/^/gm, `${name}: `));
        throw error;
      }
    }),
  );
};
