/** On whose behalf a step is taken. Nothing of a dead owner ever goes on: its promises stay open for ever. */
export interface Owner {
  readonly name: string;
  alive: boolean;
}
