import { loadConfig } from '../config.ts'
import { AssessmentError } from '../errors.ts'
import { inboxToken } from '../service/inbox.ts'
import { carryOutSubscription, type PayloadContent, planSubscription, type SubscriptionPlan } from '../worker/subscription.ts'
import { baseUrlOf, connect, tenantOf } from './connect.ts'
import { secretsOf } from './serve.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface SubscribeOptions {
  readonly to: string
  readonly inbox?: string
  readonly topic?: string
  readonly content: string
  readonly token?: string
  readonly site?: string
  readonly dryRun?: boolean
}

/** `kizuna subscribe`: makes the server tell our inbox of responses; what is there and right is left alone, what has stopped is asked to go on. */
export async function subscribe(_: readonly string[], options: SubscribeOptions, shell: Shell): Promise<ExitCode> {
  const config = loadConfig(shell.env)
  const [secret] = secretsOf(config)
  if (secret === undefined)
    throw new UsageError('KIZUNA_INBOX_SECRET is not set: the inbox believes nobody without it. Make one with openssl rand -hex 32.')
  const base = options.inbox ?? config.KIZUNA_BASE_URL
  if (base === undefined || !URL.canParse(base))
    throw new UsageError('Name the address at which the server reaches `kizuna serve` with --inbox, or KIZUNA_BASE_URL.')
  const tenant = tenantOf(baseUrlOf({ url: options.to, flag: '--to' }), options.site, shell.env)?.id ?? 'default'
  const server = await connect(
    { url: options.to, flag: '--to', token: options.token, site: options.site, scope: 'system/Subscription.crus' },
    shell,
  )
  const order = {
    endpoint: `${base.replace(/\/+$/, '')}/inbox/subscription/${tenant}`,
    header: [`Authorization: Bearer ${inboxToken(secret, tenant)}`],
    topic: options.topic,
    content: contentOf(options.content),
  }
  try {
    const plan = await planSubscription(server, order)
    const { id, status } = options.dryRun === true ? plan.subscription : await carryOutSubscription(server, plan)
    shell.out.write(lineOf(plan, options.dryRun === true, id, status))
    return EXIT.done
  } catch (error) {
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`${error.message}. Without subscriptions \`kizuna sync\` and the sweeps of \`kizuna serve\` find responses.`)
  }
}

function contentOf(content: string): PayloadContent {
  if (content === 'empty' || content === 'id-only' || content === 'full-resource') return content
  throw new UsageError('--content takes empty, id-only or full-resource.')
}

function lineOf({ action, because, subscription }: SubscriptionPlan, dryRun: boolean, id: string | undefined, status: string): string {
  const done = { create: dryRun ? 'would be created' : 'created', update: dryRun ? 'would be updated' : 'updated', unchanged: 'unchanged' }[
    action
  ]
  const why = because === undefined ? '' : ` (${because})`
  return `Subscription${id === undefined ? '' : `/${id}`}\t${done}${why}\t${status}\t${subscription.criteria} -> ${subscription.channel.endpoint}\n`
}
