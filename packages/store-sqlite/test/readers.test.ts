import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '@lapse/store';
import { Child } from './lib/child.js';
import { everything } from './lib/everything.js';
import { newEvent, newEvents, TempStores } from './lib/temp-store.js';

let stores: TempStores;
const children: Child[] = [];
beforeEach(() => {
  stores = new TempStores();
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill();
  await stores.dispose();
});

const start = (program: string, ...args: string[]): Child => {
  const child = new Child(program, args);
  children.push(child);
  return child;
};

const linesUntil = async (child: Child, last: string): Promise<string[]> => {
  const lines: string[] = [];
  while (lines.at(-1) !== last) lines.push(await child.line());
  return lines;
};

const append = async (store: EventStore, count: number): Promise<string[]> => {
  const events = newEvents(count);
  await store.append('a', events, 'any');
  return events.map(({ id }) => `event ${id}`);
};

describe('another process', () => {
  it('reads what is there, follows what this one goes on writing, and is told when it has caught up', async () => {
    const store = await stores.write();
    const first = await append(store, 20);
    const reader = start('reader-child.ts', stores.file);
    expect(await linesUntil(reader, 'caught-up 20')).toEqual(['open', ...first, 'caught-up 20']);
    const second = await append(store, 3);
    expect(await linesUntil(reader, 'caught-up 23')).toEqual([...second, 'caught-up 23']);
    const third = [...(await append(store, 1)), ...(await append(store, 9))];
    const seen = await linesUntil(reader, 'caught-up 33');
    expect(seen.filter((line) => line.startsWith('event'))).toEqual(third);
  });

  it('reads on while the writer is killed and another one takes over', async () => {
    await (await stores.write()).close();
    const reader = start('reader-child.ts', stores.file);
    expect(await linesUntil(reader, 'caught-up start')).toEqual(['open', 'caught-up start']);
    const writer = start('writer-child.ts', stores.file, '0', '0');
    for (let i = 0; i < 300; i += 1) await writer.line();
    await writer.kill();
    const store = await stores.write();
    await append(store, 1);
    const head = await store.headPosition();
    const seen = (await linesUntil(reader, `caught-up ${head}`)).filter((line) => line.startsWith('event'));
    expect(seen).toEqual((await everything(store)).map(({ id }) => `event ${id}`));
  });

  it('is refused as a second writer while this one writes, and this one while that one does', async () => {
    const store = await stores.write();
    const second = start('writer-child.ts', stores.file, '0', '0');
    await expect(second.line()).rejects.toThrow(/store-locked/);
    await store.close();
    const third = start('writer-child.ts', stores.file, '1', '0');
    expect(await third.line()).toBe('open');
    await expect(stores.write()).rejects.toMatchObject({ code: 'store-locked' });
    await third.kill();
    await expect(append(await stores.write(), 1)).resolves.toHaveLength(1);
  });
});

describe('a store that is opened read-only', () => {
  it('reads as the writer does, and keeps its identity', async () => {
    const writer = await stores.write();
    await writer.append('a', newEvents(5), -1);
    const reader = await stores.read();
    expect(await everything(reader)).toEqual(await everything(writer));
    expect(await reader.readStream('a')).toEqual(await writer.readStream('a'));
    expect(await reader.headPosition()).toBe('5');
    expect(await reader.identity()).toBe(await writer.identity());
  });

  it('sees a stream and a type that were new after it had looked for them', async () => {
    const writer = await stores.write();
    const reader = await stores.read();
    expect(await reader.readStream('later')).toEqual({ kind: 'no-stream' });
    await writer.append('later', [newEvent({ type: 'brand-new' })], -1);
    expect(await reader.readStream('later')).toMatchObject({ kind: 'page', events: [{ type: 'brand-new' }] });
  });

  it('refuses to append', async () => {
    await stores.write();
    const reader = await stores.read();
    await expect(reader.append('a', [newEvent()], 'any')).rejects.toMatchObject({ code: 'store-read-only' });
  });

  it('ends its subscriptions with an error when the file is taken away: that must not look like silence', async () => {
    const writer = await stores.write();
    await append(writer, 1);
    const reader = await stores.read();
    const messages = reader.subscribe({ after: 'start' })[Symbol.asyncIterator]();
    await messages.next();
    expect((await messages.next()).value).toEqual({ kind: 'caught-up', at: '1' });
    const waiting = messages.next();
    renameSync(stores.file, `${stores.file}.moved`);
    await expect(waiting).rejects.toMatchObject({ code: 'store-unavailable' });
  });

  it('ends a subscription that waits with store-closed when it closes', async () => {
    await stores.write();
    const reader = await stores.read();
    const messages = reader.subscribe({ after: 'start' })[Symbol.asyncIterator]();
    expect((await messages.next()).value).toEqual({ kind: 'caught-up', at: 'start' });
    const waiting = messages.next();
    await reader.close();
    await expect(waiting).rejects.toMatchObject({ code: 'store-closed' });
  });
});
