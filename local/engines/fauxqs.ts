import { startFauxqs } from 'fauxqs';
import { forwardTo } from '../endpoint/forward.ts';
import type { Service } from '../endpoint/request.ts';
import type { Engine } from './engine.ts';

/** SQS in this process. @param dataDir where messages are kept across restarts; without it, in memory */
export const startSqs = async (region: string, dataDir: string | undefined): Promise<Engine> => {
  const server = await startFauxqs({ port: 0, logger: false, defaultRegion: region, ...(dataDir && { dataDir }) });
  const serve = forwardTo(server.port);
  return { serve: dataDir ? neverVisibleAtOnce(serve) : serve, stop: () => server.stop() };
};

// A fauxqs that keeps its data loses a message that ChangeMessageVisibility makes visible at once (timeout 0): it writes NULL
// where its own schema forbids it. A second later works.
const neverVisibleAtOnce =
  (serve: Service): Service =>
  (request) => {
    if (!request.action.startsWith('ChangeMessageVisibility')) return serve(request);
    const atLeastOne = (key: string, value: unknown) => (key === 'VisibilityTimeout' && value === 0 ? 1 : value);
    const body = Buffer.from(JSON.stringify(JSON.parse(request.body.toString(), atLeastOne)));
    return serve({ ...request, body });
  };
