import type { Bundle, BundleEntry } from 'fhir/r4.js'
import { type Invariant, indexed, repeated } from './invariant.ts'

const WITH_REQUEST = new Set(['batch', 'transaction', 'history'])
const WITH_RESPONSE = new Set(['batch-response', 'transaction-response', 'history'])

const startsWith = ([first]: BundleEntry[], type: string): boolean => (first?.resource?.resourceType as string | undefined) === type

/** @see https://hl7.org/fhir/R4/bundle.html#invs */
export const bundleInvariants: Invariant<Bundle>[] = [
  {
    key: 'bdl-2',
    human: 'entry.search only when a search',
    faults: ({ type, entry }) =>
      type === 'searchset' ? [] : indexed(entry, 'entry').flatMap(([path, { search }]) => (search ? [path] : [])),
  },
  {
    key: 'bdl-3',
    human: 'entry.request mandatory for batch/transaction/history, otherwise prohibited',
    faults: ({ type, entry }) =>
      indexed(entry, 'entry').flatMap(([path, { request }]) => ((request !== undefined) === WITH_REQUEST.has(type) ? [] : [path])),
  },
  {
    key: 'bdl-4',
    human: 'entry.response mandatory for batch-response/transaction-response/history, otherwise prohibited',
    faults: ({ type, entry }) =>
      indexed(entry, 'entry').flatMap(([path, { response }]) => ((response !== undefined) === WITH_RESPONSE.has(type) ? [] : [path])),
  },
  {
    key: 'bdl-7',
    human:
      'FullUrl must be unique in a bundle, or else entries with same fullUrl must have different meta.versionId (except in history bundles)',
    faults: ({ type, entry }) =>
      type === 'history'
        ? []
        : repeated(
            indexed(entry, 'entry').map(([path, { fullUrl, resource }]) => [
              `${path}.fullUrl`,
              fullUrl && `${fullUrl} ${resource?.meta?.versionId ?? ''}`,
            ]),
          ),
  },
  {
    key: 'bdl-8',
    human: 'fullUrl cannot be a version specific reference',
    faults: ({ entry }) =>
      indexed(entry, 'entry').flatMap(([path, { fullUrl }]) => (fullUrl?.includes('/_history/') ? [`${path}.fullUrl`] : [])),
  },
  {
    key: 'bdl-9',
    human: 'A document must have an identifier with a system and a value',
    faults: ({ type, identifier }) => (type === 'document' && !(identifier?.system && identifier.value) ? ['identifier'] : []),
  },
  {
    key: 'bdl-11',
    human: 'A document must have a Composition as the first resource',
    faults: ({ type, entry }) => (type === 'document' && entry && !startsWith(entry, 'Composition') ? ['entry[0]'] : []),
  },
  {
    key: 'bdl-12',
    human: 'A message must have a MessageHeader as the first resource',
    faults: ({ type, entry }) => (type === 'message' && entry && !startsWith(entry, 'MessageHeader') ? ['entry[0]'] : []),
  },
]
