// A cold start: loads the bundle, answers one event, and says what came of it. The clock is the parent's.
import { context, load, peakBytes } from './load.mjs';

const handler = await load(process.argv[2]);
const result = await handler(JSON.parse(process.env.EVENT), context());
process.send({ result, peakBytes: peakBytes() });
process.disconnect();
