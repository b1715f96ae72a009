import { describe, expect, test } from 'vitest'
import { AssessmentError } from '../../src/errors.ts'
import { readNotification } from '../../src/worker/read-notification.ts'
import { placesOf, TEXTLESS, withAt } from '../fixtures/places.ts'

const notified = {
  fullUrl: 'https://ehr.example/QuestionnaireResponse/q',
  resource: { resourceType: 'QuestionnaireResponse', id: 'q', meta: { versionId: '3' } },
}
const R4 = {
  resourceType: 'Bundle',
  type: 'history',
  entry: [
    {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'subscription', valueReference: { reference: 'https://ehr.example/Subscription/s' } },
          { name: 'status', valueCode: 'active' },
          { name: 'type', valueCode: 'event-notification' },
          { name: 'events-since-subscription-start', valueString: '2' },
          {
            name: 'notification-event',
            part: [
              { name: 'event-number', valueString: '2' },
              { name: 'timestamp', valueInstant: '2026-04-01T00:00:00Z' },
              { name: 'focus', valueReference: { reference: 'https://ehr.example/QuestionnaireResponse/q' } },
            ],
          },
        ],
      },
    },
    notified,
  ],
}
const R5 = {
  resourceType: 'Bundle',
  type: 'subscription-notification',
  entry: [
    {
      resource: {
        resourceType: 'SubscriptionStatus',
        type: 'event-notification',
        status: 'active',
        subscription: { reference: 'Subscription/s' },
        eventsSinceSubscriptionStart: 2,
        notificationEvent: [{ eventNumber: '2', timestamp: '2026-04-01T00:00:00Z', focus: { reference: 'QuestionnaireResponse/q' } }],
      },
    },
    notified,
  ],
}

describe.each([
  { form: 'R4', body: R4 },
  { form: 'R4B and R5', body: R5 },
])('$form', ({ body }) => {
  test('says which response, in which version', () => {
    expect(readNotification(body)).toEqual({
      type: 'event-notification',
      subscription: 'Subscription/s',
      isError: false,
      count: 2,
      events: [{ number: 2, timestamp: '2026-04-01T00:00:00Z', focus: { type: 'QuestionnaireResponse', id: 'q', version: '3' } }],
    })
  })

  test('what is of another kind than it should be, at any place: refused, or not believed', () => {
    for (const place of placesOf(body)) {
      for (const put of [...TEXTLESS, null, [null], {}, true]) {
        const read = tried(withAt(body, place, put))
        if (read instanceof Error) expect(read, place.join('.')).toBeInstanceOf(AssessmentError)
        else for (const text of textsOf(read)) expect(typeof text, place.join('.')).toBe('string')
      }
    }
  })
})

function tried(body: unknown) {
  try {
    return readNotification(body)
  } catch (error) {
    return error as Error
  }
}

/** Whatever is kept of a notification beside numbers. */
const textsOf = ({ type, subscription, events }: ReturnType<typeof readNotification>): unknown[] => [
  type,
  subscription,
  ...events.flatMap(({ timestamp = '', focus }) => [timestamp, focus?.type ?? '', focus?.id ?? '', focus?.version ?? '']),
]
