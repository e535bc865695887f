import fc from 'fast-check';
import { byteFault, type ByteFault } from './bytes.js';
import type { Route } from './document.js';
import { change, changed, written, type JsonNode } from './json-node.js';
import { oddJson, oddText } from './odd-values.js';
import { rightNode, rightText } from './valid.js';

/**
 * How a request comes: `whole`, its length said or in chunks; `cut`: its beginning, then the end of the connection;
 * `reset`: its beginning, then nobody is there any more; `noise`: with bytes changed anywhere, its head included.
 */
export interface Delivery {
  readonly how: 'length' | 'chunks' | 'cut' | 'reset' | 'noise';
  /** Where it is cut, as a share of its bytes; the size of a chunk. */
  readonly at: number;
  readonly faults: readonly ByteFault[];
}

/** One request, as plain data: printed and played again it is the same. */
export interface Request {
  /** The route that it was made for, as it is counted; the address may be another by now. */
  readonly route: string;
  /** Whether address and method are still the route's own. */
  readonly isAtRoute: boolean;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
  readonly bodyFaults: readonly ByteFault[];
  readonly delivery: Delivery;
}

const rarely = <T>(value: fc.Arbitrary<T>, oneIn: number, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: oneIn - 1, arbitrary: fc.constant(otherwise) });

const json = ['content-type', 'application/json'] as const;

/** Contents of headers that are legal to send and odd to get. */
const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  ['content-type', ['text/plain', 'application/json; charset=utf-16', '', '///', 'application/json, a/b']],
  ['content-encoding', ['gzip', 'identity', 'x', '']],
  ['expect', ['100-continue', '200-ok', '']],
  ['x-correlation-id', ['a b', 'x'.repeat(200), '', 'caf\u00e9', '__proto__']],
  ['upgrade', ['websocket', 'h2c', 'TLS/1.0']],
  ['connection', ['close', 'keep-alive', 'upgrade', 'host', 'te, close']],
  ['host', ['', 'a,b']],
  ['accept', ['text/html']],
  ['accept-encoding', ['gzip;q=nan']],
  ['idempotency-key', ['\u00ff']],
  ['if-match', ['"1"']],
  ['range', ['bytes=0-']],
  ['cookie', ['__proto__=1; a']],
  ['authorization', ['Basic ////']],
  ['x-http-method-override', ['DELETE']],
  ['x-forwarded-for', ['::1']],
  ['forwarded', ['for="']],
  ['traceparent', ['00-0-0-0']],
  ['trailer', ['x']],
  ['__proto__', ['x']],
  ['x'.repeat(300), ['y']],
  ['x-long', [1_000, 15_000, 17_000].map((length) => 'y'.repeat(length))],
];
const oddHeader: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...oddHeaders).chain(([name, values]) => headerOf(name, values)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((text) => ['x-any', text] as const) },
);
const headerOf = (name: string, values: readonly string[]): fc.Arbitrary<readonly [string, string]> =>
  fc.constantFrom(...values).map((value) => [name, value] as const);

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'SEARCH', 'QUERY'];

/** An address cannot carry half a surrogate pair. */
const wellFormed = (text: string): string => Buffer.from(text).toString();
const encoded = (text: string): string => encodeURIComponent(wellFormed(text)).replaceAll('%40', '@');

/** Parts of a query: right ones, odd ones, some twice, some with names of nobody. */
const queryOf = (route: Route): fc.Arbitrary<string> => {
  const known = route.parameters.filter((one) => one.in === 'query');
  const pairs = known.map(({ name, schema }) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('') },
      { weight: 4, arbitrary: rightText(name, schema).map((text) => `${name}=${encoded(text)}`) },
      { weight: 1, arbitrary: oddText.map((text) => `${name}=${encoded(text)}`) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(`${name}`, `${name}=`, `${name}=1&${name}=2`, `${name}[]=1`, `${name}.a=1`),
      },
    ),
  );
  const more = fc.oneof(
    fc.webQueryParameters(),
    fc.constantFrom('%', '%ff=%00', '__proto__=1', 'constructor[prototype]=1', '&&&=', '=', '?', 'a=1;b=2'),
  );
  return fc
    .tuple(rarely(more, 12, ''), ...pairs)
    .map((parts) => parts.filter((part) => part !== '').join('&'))
    .map((query) => (query === '' ? '' : `?${query}`));
};

const pathOf = (route: Route): fc.Arbitrary<string> => {
  const parts = route.parameters.filter((one) => one.in === 'path');
  const values = parts.map(({ name, schema }) =>
    rarely(
      fc.oneof(oddText.map(encoded), fc.constantFrom('%', '%zz', '..%2f', '%00', '.', '..', '@S1@%0a', '@S1@/')),
      10,
      undefined as string | undefined,
    ).chain((odd) => (odd === undefined ? rightText(name, schema, true) : fc.constant(odd))),
  );
  return fc
    .tuple(...values)
    .map((texts) => texts.reduce((path, text, i) => path.replace(`{${parts[i]?.name}}`, () => text), route.path));
};

const anyAddress = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(
          'v1',
          'sessions',
          'merchants',
          'config',
          'events',
          'queue',
          '@S1@',
          'm1',
          '..',
          '.',
          '',
          '%',
          '%00',
        ),
        oddText.map(encoded),
        fc.webPath(),
      ),
      { maxLength: 6 },
    ),
    fc.constantFrom('/', '', '//', 'http://lapse/', '*', '/?'),
  )
  .map(([pieces, first]) => `${first}${pieces.join('/')}`);

const bodyOf = (route: Route): fc.Arbitrary<string | undefined> => {
  const right: fc.Arbitrary<JsonNode | undefined> =
    route.body === undefined ? fc.constant(undefined) : rightNode('', route.body);
  const changes = rarely(fc.array(change, { minLength: 1, maxLength: 3 }), 2, []);
  const almost = fc.tuple(right, changes).map(([node, all]) => {
    if (node === undefined) return undefined;
    return written(all.reduce((so, one) => changed(so, one), node));
  });
  const any = fc.oneof(oddJson, fc.json({ maxDepth: 12 }), fc.constantFrom(undefined, '', ' ', '{}', '[]'));
  return rarely<string | undefined | null>(any, 12, null).chain((body) => (body === null ? almost : fc.constant(body)));
};

const faults = fc.array(byteFault, { minLength: 1, maxLength: 3 });
const delivery: fc.Arbitrary<Delivery> = fc.record({
  how: fc.oneof(
    { weight: 30, arbitrary: fc.constant('length' as const) },
    { weight: 4, arbitrary: fc.constant('chunks' as const) },
    { weight: 2, arbitrary: fc.constantFrom('cut' as const, 'reset' as const, 'noise' as const) },
  ),
  at: fc.nat({ max: 999 }).map((thousandths) => thousandths / 1_000),
  faults,
});

const requestFor = (route: Route): fc.Arbitrary<Request> => {
  const address = fc.tuple(pathOf(route), queryOf(route)).map(([path, query]) => `${path}${query}`);
  return fc
    .record({
      elsewhere: rarely(
        fc.tuple(fc.constantFrom(route.method, ...methods), fc.oneof(anyAddress, address)),
        20,
        undefined,
      ),
      address,
      headers: rarely(fc.array(oddHeader, { minLength: 1, maxLength: 3 }), 10, []),
      body: bodyOf(route),
      bodyFaults: rarely(faults, 12, []),
      delivery,
    })
    .map(({ elsewhere, address: at, headers, body, ...rest }) => ({
      route: `${route.method} ${route.path}`,
      isAtRoute: elsewhere === undefined,
      method: elsewhere?.[0] ?? route.method,
      target: elsewhere?.[1] ?? at,
      headers: body === undefined ? headers : [json, ...headers],
      body,
      ...rest,
    }));
};

/** A few requests that are sent side by side, to any of the routes. */
export const requestsTo = (routes: readonly Route[]): fc.Arbitrary<readonly Request[]> =>
  fc.array(
    fc.oneof(...routes.map((route) => ({ weight: route.body === undefined ? 1 : 3, arbitrary: requestFor(route) }))),
    {
      minLength: 1,
      maxLength: 16,
      size: 'max',
    },
  );
