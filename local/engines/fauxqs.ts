import { startFauxqs } from 'fauxqs';
import { forwardTo } from '../endpoint/forward.ts';
import type { Engine } from './engine.ts';

/** SQS in this process. @param dataDir where messages are kept across restarts; without it, in memory */
export const startSqs = async (region: string, dataDir: string | undefined): Promise<Engine> => {
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: region, ...(dataDir && { dataDir }) });
  return { serve: forwardTo(server.port), stop: () => server.stop() };
};
