import { loadKnowledge } from '../load-knowledge.ts'
import type { Artifact } from '../publish/artifact.ts'
import { buildGoldenCases } from '../publish/golden.ts'
import { buildPackageFiles } from '../publish/package-files.ts'
import { buildTarball } from '../publish/tarball.ts'
import { loadArtifacts, loadPublication } from '../resources.ts'
import { openOutput } from './output.ts'
import { EXIT, type ExitCode, type Shell } from './shell.ts'

/**
 * `kizuna package`: the FHIR package as a file, with examples and golden cases. The same version gives the same bytes; nothing is seen under the
 * name before all of it is there.
 */
export async function packageArtifacts(_: readonly string[], { out }: { out: string }, shell: Shell): Promise<ExitCode> {
  const publication = loadPublication()
  const golden = buildGoldenCases(loadKnowledge())
  const files = buildPackageFiles({ publication, artifacts: loadArtifacts() as Artifact[], golden })
  const bytes = buildTarball(files)
  const output = await openOutput(out, shell.out)
  output.stream.write(bytes)
  await output.keep()
  shell.out.write(`${out}: ${publication.packageId}#${publication.version}, ${files.length} files, ${bytes.length} bytes\n`)
  return EXIT.done
}
