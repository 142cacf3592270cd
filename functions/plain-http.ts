/**
 * Stands in for `node:http` when a function is bundled. The SDK imports it where an endpoint is plain HTTP, as on one machine; as
 * an ES module it would load undici too, for a getter that nobody asks. AWS itself is reached by `node:https`.
 */
const http = process.getBuiltinModule('node:http');

export default http;
export const { Agent, request, STATUS_CODES } = http;
