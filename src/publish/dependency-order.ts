import type { Artifact } from './artifact.ts'

/**
 * The artifacts so that each comes after those it names (by canonical, system or reference), as far as they do not name each other in a circle;
 * otherwise in the order given. Stopped at any place, what has been published stands on its own.
 */
export function inDependencyOrder(artifacts: readonly Artifact[]): Artifact[] {
  const byName = new Map(artifacts.flatMap((artifact) => namesOf(artifact).map((name) => [name, artifact] as const)))
  const ordered = new Set<Artifact>()
  const open = new Set<Artifact>()
  const visit = (artifact: Artifact): void => {
    if (ordered.has(artifact) || open.has(artifact)) return
    open.add(artifact)
    for (const text of stringsIn(artifact)) {
      const named = byName.get(text)
      if (named !== undefined) visit(named)
    }
    ordered.add(artifact)
  }
  artifacts.forEach(visit)
  return [...ordered]
}

function namesOf(artifact: Artifact): string[] {
  const literal = `${artifact.resourceType}/${artifact.id}`
  return 'url' in artifact ? [literal, artifact.url!, `${artifact.url}|${artifact.version}`] : [literal]
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) yield* stringsIn(inner)
}
