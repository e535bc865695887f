import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { paths } from '@lapse/api';
import { newWorld, type World } from './world.js';

interface Document {
  readonly openapi: string;
  readonly components: { readonly schemas: Record<string, unknown> };
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, unknown> }>; requestBody?: unknown }>
  >;
}

let world: World;
let document: Document;
beforeAll(async () => {
  world = await newWorld();
  document = (await world.get(paths.openapi)).body as Document;
});
afterAll(() => world.close());

describe('the OpenAPI document', () => {
  it('names every address with the methods that it takes', () => {
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.filter((route) => !route.startsWith('HEAD')).sort()).toEqual([
      'GET /livez',
      'GET /metrics',
      'GET /readyz',
      'GET /v1/activity',
      'GET /v1/merchants',
      'GET /v1/merchants/{merchantId}',
      'GET /v1/merchants/{merchantId}/config',
      'GET /v1/merchants/{merchantId}/config/versions',
      'GET /v1/parked',
      'GET /v1/parked/{stream}',
      'GET /v1/projections',
      'GET /v1/queue',
      'GET /v1/sessions',
      'GET /v1/sessions/{id}',
      'GET /v1/sessions/{id}/events',
      'POST /v1/merchants/{merchantId}/config/revert',
      'POST /v1/merchants/{merchantId}/config/rollout',
      'POST /v1/parked/{stream}/retry',
      'POST /v1/parked/{stream}/skip',
      'POST /v1/projections/sessions/{id}/fold-again',
      'POST /v1/sessions',
      'POST /v1/sessions/{id}/events',
      'PUT /v1/merchants/{merchantId}/config',
    ]);
  });
  it('describes a request that refuses unknown fields', () => {
    const text = JSON.stringify(document.paths['/v1/sessions']?.['post']?.requestBody);
    expect(text).toContain('"additionalProperties":false');
    expect(text).toContain('merchantId');
  });
  it('holds every schema that it refers to, and none that nobody refers to', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]));
    expect(Object.keys(document.components.schemas).sort()).toEqual([...referred].sort());
    expect(referred).toContain('Problem');
  });
  it('describes every error answer as problem+json', () => {
    for (const methods of Object.values(document.paths)) {
      for (const { responses } of Object.values(methods)) {
        const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
        expect(errors.length).toBeGreaterThan(0);
        for (const [, { content }] of errors) expect(Object.keys(content)).toEqual(['application/problem+json']);
      }
    }
  });
});
