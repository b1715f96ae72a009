import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Language } from '../../instrument/instrument.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import type { Written } from '../../write-back/send-results.ts'
import type { Receipt } from '../../write-back/write-back.ts'
import { useApp } from '../app-context.ts'
import { Heading } from '../parts/heading.tsx'
import { WrittenResource } from '../parts/written-resource.tsx'
import { useSpeech, type WordKey } from '../words.ts'

const ACTIONS: Record<Written['action'], WordKey> = {
  created: 'receipt.created',
  updated: 'receipt.updated',
  unchanged: 'receipt.unchanged',
}

/** What the server now holds, each resource by its address. */
export function ReceiptScreen({ receipt, response }: { readonly receipt: Receipt; readonly response: QuestionnaireResponse }) {
  const { state, flow, knowledge } = useApp()
  const { say, language } = useSpeech()
  const { answered = [], rest = [] } = state.sitting ?? {}
  const review = answered[0]?.response.questionnaire
  const following = review ?? rest[0]?.instrument
  const roleName = useRoleName()
  return (
    <>
      <Heading of="receipt">{say('receipt.title')}</Heading>
      <p role="status">{say('receipt.text', { count: receipt.written.length + 1 })}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('receipt.what')}</th>
            <th scope="col">{say('receipt.action')}</th>
            <th scope="col">{say('receipt.address')}</th>
          </tr>
        </thead>
        <tbody>
          <Row name={say('resource.response')} action={say('receipt.saved')} reference={`QuestionnaireResponse/${response.id}`} />
          {receipt.written.map(({ reference, role, action }) => (
            <Row key={role} name={roleName(role)} action={say(ACTIONS[action])} reference={reference} />
          ))}
        </tbody>
      </table>
      {receipt.duplicates.length > 0 && <p class="warning">{say('receipt.duplicates', { roles: receipt.duplicates.join(', ') })}</p>}
      <p class="buttons">
        {following !== undefined && (
          <button type="button" class="primary" onClick={() => flow.next()}>
            {say(review ? 'receipt.next-result' : 'receipt.next-form', { instrument: titleOf(knowledge, following, language) })}
          </button>
        )}
        <button type="button" class={following === undefined ? 'primary' : ''} onClick={() => flow.open()}>
          {say('to-chart')}
        </button>
        {following === undefined && (
          <button type="button" onClick={() => flow.choose()}>
            {say('receipt.next')}
          </button>
        )}
      </p>
    </>
  )
}

/** The short title of an instrument named by its id or by a canonical. */
function titleOf({ instruments }: Knowledge, named: string, language: Language): string {
  const instrument = instruments.find(({ id }) => named === id || named.includes(`/Questionnaire/${id}|`))
  return instrument?.shortTitle[language] ?? named
}

interface RowOf {
  readonly name: string
  readonly action: string
  readonly reference: string
}

const Row = ({ name, action, reference }: RowOf) => (
  <tr>
    <th scope="row">{name}</th>
    <td>{action}</td>
    <td>
      <WrittenResource reference={reference} />
    </td>
  </tr>
)

function useRoleName(): (role: string) => string {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const scales = knowledge.instruments.flatMap((one) => one.scales)
  return (role) => {
    if (role === 'risk') return say('resource.risk')
    if (role.startsWith('provenance-')) return say('resource.provenance')
    return scales.find(({ code }) => code === role)?.title[language] ?? say('resource.panel')
  }
}
