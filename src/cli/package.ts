import { loadConfig, loadSite } from '../config.ts'
import { loadInstalledArtifacts } from '../load-installed.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import type { Artifact } from '../publish/artifact.ts'
import { buildGoldenCases } from '../publish/golden.ts'
import { buildPackageFiles } from '../publish/package-files.ts'
import { buildTarball } from '../publish/tarball.ts'
import { loadPublication } from '../resources.ts'
import { openOutput } from './output.ts'
import { EXIT, type ExitCode, type Shell, type SiteOption } from './shell.ts'

/**
 * `kizuna package`: the FHIR package as a file, with examples and golden cases. The same version gives the same bytes; nothing is seen under the
 * name before all of it is there.
 */
export async function packageArtifacts(_: readonly string[], options: { out: string } & SiteOption, shell: Shell): Promise<ExitCode> {
  const publication = loadPublication()
  const site = loadSite(options.site ?? loadConfig(shell.env).KIZUNA_SITE)
  const golden = buildGoldenCases(loadKnowledge(site))
  const files = buildPackageFiles({ publication, artifacts: loadInstalledArtifacts(site) as Artifact[], golden })
  const bytes = buildTarball(files)
  const output = await openOutput(options.out, shell.out)
  output.stream.write(bytes)
  await output.keep()
  shell.out.write(`${options.out}: ${publication.packageId}#${publication.version}, ${files.length} files, ${bytes.length} bytes\n`)
  return EXIT.done
}
