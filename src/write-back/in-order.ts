/**
 * Works on up to `concurrency` things at once and gives the results in the order of the source. What has the same key is worked on one after the other.
 * No more is read ahead than is worked on. Ends early when the reader does.
 */
export async function* inOrder<Thing, Made>(
  source: AsyncIterable<Thing>,
  { concurrency, keyOf, work }: { concurrency: number; keyOf: (thing: Thing) => string; work: (thing: Thing) => Promise<Made> },
): AsyncGenerator<Made> {
  const running: { readonly key: string; readonly made: Promise<Made> }[] = []
  for await (const thing of source) {
    if (running.length >= concurrency) yield await running.shift()!.made
    const key = keyOf(thing)
    const before = running.findLast((one) => one.key === key)?.made
    const made = before === undefined ? work(thing) : before.then(() => work(thing))
    // Told when its turn comes; until then it is not unhandled.
    made.catch(() => undefined)
    running.push({ key, made })
  }
  for (const { made } of running) yield await made
}
