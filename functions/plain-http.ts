/**
 * Replaces `node:http` in a function's bundle. The SDK needs it for plain HTTP endpoints, such as the local stack; imported as
 * an ES module, it would also load undici for a getter that is never used. AWS itself is called through `node:https`.
 */
const http = process.getBuiltinModule('node:http');

export default http;
export const { Agent, request, STATUS_CODES } = http;
