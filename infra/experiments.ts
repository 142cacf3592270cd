import { INSTALLATIONS } from './installations.ts';
import { readSettings, SETTING_NAMES, type Settings, SettingsError } from './settings.ts';

// Which installation, and where it is, is no matter of a moment.
const NOT_FOR_A_MOMENT = ['stage', 'account', 'region'];
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,79}$/;

/** The settings that were given for this one command, with `-c name=value`. The CDK's own names have more than letters. */
export const experimentsIn = (context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(context).filter(([name]) => /^[a-z]+$/i.test(name) && name !== 'installations'));

/**
 * The installations to synthesize, by name, with the experiments of the command line.
 *
 * @throws SettingsError that names what is wrong, and where
 */
export const readInstallations = (context: Readonly<Record<string, unknown>>): ReadonlyMap<string, Settings> => {
  const experiments = experimentsIn(context);
  const lasting = Object.keys(experiments).find((name) => NOT_FOR_A_MOMENT.includes(name));
  if (lasting) throw new SettingsError(`${lasting} can't be given with -c: it stands in infra/installations.ts.`);
  const unknown = Object.keys(experiments).find((name) => !SETTING_NAMES.includes(name));
  if (unknown) throw new SettingsError(`There is no setting ${unknown}. There are ${SETTING_NAMES.join(', ')}.`);

  const installations = (context.installations ?? INSTALLATIONS) as typeof INSTALLATIONS;
  return new Map(
    Object.entries(installations).map(([name, given]) => {
      if (!STACK_NAME.test(name)) {
        throw new SettingsError(
          `"${name}" can't name a stack: it takes deadLetters, digits and hyphens, a deadLetter first, 80 at most.`,
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
