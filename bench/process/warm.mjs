// A warm process: handles events one at a time, and sends the CPU time and the duration of each in microseconds.
import { context, load, peakBytes } from './load.mjs';

const handler = await load(process.argv[2]);
process.on('message', async ({ events, keep }) => {
  const cpu = [];
  const wall = [];
  for (const event of events) {
    const before = process.cpuUsage();
    const started = process.hrtime.bigint();
    const result = await handler(event, context());
    wall.push(Number(process.hrtime.bigint() - started) / 1_000);
    const { user, system } = process.cpuUsage(before);
    cpu.push(user + system);
    if (result.batchItemFailures?.length > 0 || (result.statusCode ?? 202) !== 202)
      throw new Error(JSON.stringify(result).slice(0, 300));
  }
  const { rss } = process.memoryUsage();
  process.send({
    ...(keep && { cpu, wall }),
    total: wall.reduce((sum, one) => sum + one, 0),
    rss,
    peakBytes: peakBytes(),
  });
});
process.send('ready');
