/** The bucket and the parts of the key in the URL of a request. */
export const pathOf = (url: string): [bucket: string, ...key: string[]] => {
  const [bucket = '', ...key] = new URL(url, 'http://s3').pathname.slice(1).split('/').map(decodeURIComponent);
  return [bucket, ...key];
};
