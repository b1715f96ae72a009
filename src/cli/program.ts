import { Command } from 'commander'
import { softwareVersion } from '../resources.ts'
import type { ExitCode, Shell } from './shell.ts'

/** One command of `kizuna`: its options on the command line, and the code that is loaded only when it runs. */
export type Run = (positionals: readonly string[], options: never, shell: Shell) => Promise<ExitCode>

/** Loads the code of a command and runs it with what stood on the command line. */
export type Take = (load: () => Promise<Run>, positionals: readonly string[], options: unknown) => Promise<void>

const SITE = ['--site <file>', 'the site file (or KIZUNA_SITE)'] as const

/** Every command with its options; each takes its code when it runs, so that starting costs nothing that is not used. */
export function programOf(take: Take, { out, err }: Shell): Command {
  const program = new Command('kizuna')
    .description('Mother-to-infant bonding and depression questionnaires on FHIR R4: scored, followed over time, written back')
    .version(softwareVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) })
    .showHelpAfterError('(see kizuna --help)')
    .enablePositionalOptions()
  for (const add of [addScoring, addInstruments, addPublishing, addService, addQueue, addChecks, addSandbox]) add(program, take)
  for (const command of program.commands.flatMap((one) => [one, ...one.commands])) command.exitOverride().showHelpAfterError('(see --help)')
  return program
}

/** Numbers and tiers: of what comes in, and again of what is stored. */
function addScoring(program: Command, take: Take): void {
  program
    .command('score [files...]')
    .description('Score responses: NDJSON, a resource, a list or a Bundle; NDJSON out, in the order of the input (- is standard input)')
    .option('--emit <what>', 'summary, bundle or resources', 'summary')
    .option('--history <file>', 'earlier Observations, responses, infants, as NDJSON')
    .option('--forms <file>', "Questionnaires of other people's forms")
    .option('--recorded-at <instant>', 'time for Provenance, so that the same input gives the same bytes (default: now)')
    .option('--explain', 'add to each summary what its numbers rest on: answers, sums, her course, each rule, versions')
    .option('--language <en|ja>', 'with --explain: the same in sentences')
    .option('--rules <version>', 'judge by this version of the rule set, as an old result was (default: the newest)')
    .option('--out <file>', 'write to a file, which appears when it is complete')
    .option(...SITE)
    .action((files, options) => take(async () => (await import('./score.ts')).score, files, options))
  program
    .command('rescore')
    .description(
      'Hold stored results against the current rules: who changes tier and why. Writes only with --apply; run again, it finds what still differs',
    )
    .requiredOption('--from <url>', 'base URL of the FHIR server')
    .option('--token <file>', 'a file that holds an access token (else Backend Services)')
    .option('--format <name>', 'table, json (NDJSON) or csv (default: table on a terminal, else json)')
    .option('--out <file>', 'write the report to a file, which appears when it is complete')
    .option('--since <date>', 'responses authored on this date or later')
    .option('--until <date>', 'responses authored on this date or earlier')
    .option('--patient <id>', 'one woman only')
    .option('--instrument <ids>', 'such as epds,mibs-j')
    .option('--apply', 'write what differs; without it nothing is written')
    .option('--state <file>', 'keep a journal, so that a run that was stopped or killed goes on where it was')
    .option('--concurrency <number>', 'how many responses are worked on at once', '4')
    .option(...SITE)
    .action((options) => take(async () => (await import('./rescore.ts')).rescore, [], options))
}

/** The questionnaires and their wording. */
function addInstruments(program: Command, take: Take): void {
  const instruments = program.command('instruments').description('The questionnaires that are installed')
  instruments
    .command('list')
    .description('What is installed: versions, scales, languages with the status of their wording, cut-offs')
    .option('--json', 'as JSON')
    .option(...SITE)
    .action((options) => take(async () => (await import('./instruments-list.ts')).instrumentsList, [], options))
  instruments
    .command('install <pack>')
    .description("Put a text pack into the site's folder: taken only if complete and permitted; what it replaces is kept")
    .option('--packs <folder>', 'where to (default: `packs` of the site file)')
    .option('--dry-run', 'only say what would change')
    .option(...SITE)
    .action((pack, options) => take(async () => (await import('./instruments-install.ts')).instrumentsInstall, [pack], options))
  instruments
    .command('check [ids...]')
    .description('Check instruments and their text packs; one line for each fault')
    .option(...SITE)
    .action((ids, options) => take(async () => (await import('./instruments-check.ts')).instrumentsCheck, ids, options))
  instruments
    .command('export [ids...]')
    .description('Questionnaires as an engine wants them, for those who load them by hand')
    .option('--dialect <name>', 'sdc4, sdc3, lforms, smart-forms or plain', 'sdc4')
    .option('--language <code>', 'the wording to lead with, such as ja')
    .option('--out <path>', 'a folder, or one file that ends in .json')
    .option(...SITE)
    .action((ids, options) => take(async () => (await import('./instruments-export.ts')).instrumentsExport, ids, options))
}

/** Artifacts, to a server or into a package. */
function addPublishing(program: Command, take: Take): void {
  program
    .command('publish')
    .description("Put all artifacts on a FHIR server; what is there and the same is left alone, what is another publisher's too")
    .requiredOption('--to <url>', 'base URL of the server')
    .option('--token <file>', 'a file that holds an access token')
    .option('--site <file>', 'the site file, whose tenant of this address says how to get one (or KIZUNA_SITE)')
    .option('--dialect <name>', 'Questionnaires in this dialect, replacing any other that stands there (default: sdc4, replacing none)')
    .option('--dry-run', 'only say what would change')
    .action((options) => take(async () => (await import('./publish.ts')).publish, [], options))
  program
    .command('package')
    .description('Write the FHIR package: artifacts, examples and golden cases')
    .requiredOption('--out <file>', 'such as kizuna.tgz')
    .option(...SITE)
    .action((options) => take(async () => (await import('./package.ts')).packageArtifacts, [], options))
}

/** Against a hospital server: the service, and what finds or mends without it. */
function addService(program: Command, take: Take): void {
  program
    .command('serve')
    .description("The scoring service of a hospital: HTTP, inbox, worker and sweeps in one process, against the site file's tenants")
    .option('--port <number>', 'port to listen on; 0 lets the system choose (or PORT; default 8080)')
    .option('--data <folder>', 'folder of the queue (or KIZUNA_DATA)')
    .option(...SITE)
    .option('--to <url>', 'one hospital server instead of the tenants')
    .option('--token <file>', 'a file that holds an access token for it')
    .action((options) => take(async () => (await import('./serve.ts')).serve, [], options))
  program
    .command('subscribe')
    .description('Make a FHIR server tell the inbox of `kizuna serve` about responses')
    .requiredOption('--to <url>', 'base URL of the server')
    .option('--inbox <url>', 'where the server reaches `kizuna serve` (or KIZUNA_BASE_URL)')
    .option('--topic <canonical>', "a topic of R5's kind, instead of R4's own subscription")
    .option('--content <what>', 'of a topic: empty, id-only or full-resource', 'id-only')
    .option('--token <file>', 'a file that holds an access token')
    .option(...SITE)
    .option('--dry-run', 'only say what would change')
    .action((options) => take(async () => (await import('./subscribe.ts')).subscribe, [], options))
  program
    .command('sync')
    .description('Find responses without results or changed since the last run, score them and write back')
    .requiredOption('--from <url>', 'base URL of the server')
    .option('--since <time>', 'a day or an instant (default: the last run)')
    .option('--every <minutes>', 'again and again, until it is stopped')
    .option('--bulk', 'by Bulk Data export instead of searches')
    .option('--group <id>', 'export this Group instead of all patients')
    .option('--data <folder>', 'folder of the queue (or KIZUNA_DATA)')
    .option('--token <file>', 'a file that holds an access token')
    .option(...SITE)
    .action((options) => take(async () => (await import('./sync.ts')).sync, [], options))
  program
    .command('dedupe')
    .description('Copies of results that earlier re-submissions left: the plan; with --apply all but one of each entered in error')
    .requiredOption('--on <url>', 'base URL of the FHIR server')
    .option('--apply', 'do it; without it only the plan is shown')
    .option('--token <file>', 'a file that holds an access token')
    .option('--json', 'as JSON')
    .option(...SITE)
    .action((options) => take(async () => (await import('./dedupe.ts')).dedupe, [], options))
}

/** The durable work of the service. */
function addQueue(program: Command, take: Take): void {
  const queue = program.command('queue').description('Look after the durable work of the service')
  const queueCommand = (name: string, text: string): Command =>
    queue.command(name).description(text).option('--data <folder>', 'the folder of the service (or KIZUNA_DATA)')
  queueCommand('list', 'What is waiting, being worked on, done or dead, with the reason')
    .option('--state <state>', 'only waiting, taken, done or dead')
    .option('--json', 'one JSON object a line')
    .action((options) => take(async () => (await import('./queue.ts')).queueList, [], options))
  queueCommand('retry [ids...]', 'Try dead or waiting jobs now')
    .option('--state <state>', 'all of this state: dead or waiting')
    .action((ids, options) => take(async () => (await import('./queue.ts')).queueRetry, ids, options))
  queueCommand('drop [ids...]', 'Forget jobs')
    .option('--state <state>', 'all of this state')
    .action((ids, options) => take(async () => (await import('./queue.ts')).queueDrop, ids, options))
}

/** What is wrong, before it goes wrong. */
function addChecks(program: Command, take: Take): void {
  program
    .command('validate [files...]')
    .description(
      'Check resources against R4, our profiles and questionnaires: one OperationOutcome for each, as NDJSON (- is standard input)',
    )
    .option('--quiet', 'only those with faults')
    .action((files, options) => take(async () => (await import('./validate.ts')).validate, files, options))
  program
    .command('doctor')
    .description('Why a launch or a write would fail, step by step, with the fix; writes nothing')
    .requiredOption('--iss <url>', 'base URL of the FHIR server')
    .option('--token <file>', 'a file that holds an access token')
    .option('--app-url <url>', 'the address of smart-launch.html, to try its registration')
    .option('--json', 'as JSON')
    .option(...SITE)
    .action((options) => take(async () => (await import('./doctor.ts')).doctor, [], options))
  const config = program.command('config').description('The settings')
  config
    .command('check')
    .description('Check environment, site file, keys, rules and packs without asking any server; each fault by its field')
    .option('--json', 'as JSON')
    .option(...SITE)
    .action((options) => take(async () => (await import('./config-check.ts')).configCheck, [], options))
  config
    .command('confirm-alert <code>')
    .description('Keep that the recipient of alerts has got the test message of `kizuna serve`')
    .option('--data <folder>', 'folder of the service (or KIZUNA_DATA)')
    .option(...SITE)
    .action((code, options) => take(async () => (await import('./confirm-alert.ts')).confirmAlertCommand, [code], options))
}

/** The embedded EHR, and tokens to try things with. */
function addSandbox(program: Command, take: Take): void {
  program
    .command('sandbox')
    .description('An embedded EHR with synthetic mothers, the service and the app, on this machine, in one process')
    .option('--port <number>', 'port to listen on; 0 lets the system choose (or PORT; default 8080)')
    .option('--data <folder>', 'keep data and keys in this folder')
    .option(...SITE)
    .action((options) => take(async () => (await import('./sandbox.ts')).sandbox, [], options))
  program
    .command('token')
    .description('An access token, to try things with curl: of a running sandbox, or with --iss of a hospital server')
    .requiredOption('--scope <scopes>', 'such as system/QuestionnaireResponse.rs')
    .option('--url <base>', 'base URL of the sandbox', 'http://127.0.0.1:8080')
    .option('--data <folder>', 'the folder that the sandbox was started with')
    .option('--iss <url>', 'base URL of a FHIR server; our client there as the site file or the environment says')
    .option(...SITE)
    .action((options) => take(async () => (await import('./token.ts')).token, [], options))
}
