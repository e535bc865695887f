/** Which of a few thousand are set, and which is the first: two looks, however many there are. */
export class Bitmap {
  private readonly words: Int32Array;
  /** Which words are not zero. */
  private readonly summary: Int32Array;

  constructor(size: number) {
    this.words = new Int32Array(Math.ceil(size / 32));
    this.summary = new Int32Array(Math.ceil(this.words.length / 32));
  }

  get bytes(): number {
    return this.words.byteLength + this.summary.byteLength;
  }

  set(index: number): void {
    const word = index >> 5;
    this.words[word]! |= 1 << (index & 31);
    this.summary[word >> 5]! |= 1 << (word & 31);
  }

  clear(index: number): void {
    const word = index >> 5;
    this.words[word]! &= ~(1 << (index & 31));
    if (this.words[word] === 0) this.summary[word >> 5]! &= ~(1 << (word & 31));
  }

  /** -1 when nothing is set. */
  first(): number {
    for (let i = 0; i < this.summary.length; i++) {
      if (this.summary[i] === 0) continue;
      const word = i * 32 + lowestBit(this.summary[i] as number);
      return word * 32 + lowestBit(this.words[word] as number);
    }
    return -1;
  }
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
