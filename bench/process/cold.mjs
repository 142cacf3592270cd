// A cold start: loads the bundle, handles one event, and sends the result. The parent process measures the time.
import { context, load, peakBytes } from './load.mjs';

const handler = await load(process.argv[2]);
const result = await handler(JSON.parse(process.env.EVENT), context());
process.send({ result, peakBytes: peakBytes() });
process.disconnect();
