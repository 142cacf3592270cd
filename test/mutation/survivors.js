import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Prints each surviving mutant immediately, so that a run that is ended early has reported something. */
const reporter = {
  onMutantTested: ({ status, fileName, location, mutatorName, replacement }) => {
    if (status !== 'Survived' && status !== 'NoCoverage') return;
    console.log(`\n${status} ${fileName}:${location.start.line} ${mutatorName}: ${replacement}`);
  },
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Reporter, 'survivors', reporter)];
