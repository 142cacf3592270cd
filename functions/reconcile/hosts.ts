/** The hosts of Fractal's APIs, as base URLs. https://docs.developer.fractal.id */
export interface Hosts {
  readonly auth: string;
  readonly resource: string;
  /** Kraken's staging is not documented. */
  readonly kraken?: string | undefined;
}

export const PRODUCTION = {
  auth: 'https://auth.fractal.id',
  resource: 'https://resource.fractal.id',
  kraken: 'https://kraken.fractal.id',
} as const satisfies Hosts;

export const STAGING: Hosts = {
  auth: 'https://auth.staging.sandbox.fractal.id',
  resource: 'https://resource.staging.sandbox.fractal.id',
};
