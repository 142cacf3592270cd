/** The start of the names of the rules that `events` creates to listen to the bus. Its permissions end there. */
export const LISTENER_PREFIX = 'fractal-webhooks-listener-';
