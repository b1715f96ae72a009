import type { Questionnaire } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { isObject } from '../json-object.ts'
import { isForm } from '../score/forms.ts'

/** What stands at one place of a JSON document; with `fault` where it is not what should stand there. */
export interface DocumentEntry {
  readonly line: number
  readonly received: unknown
  readonly fault?: Issue
}

/**
 * What is to be scored in a JSON document: each element of an array (definitions of forms apart), each QuestionnaireResponse of a Bundle (other resources are passed
 * over, a broken entry is refused `structure`), else the document itself. `line` counts elements and entries from 1.
 */
export function documentEntries(document: unknown): DocumentEntry[] {
  if (Array.isArray(document))
    return document.flatMap((received: unknown, index) => (isForm(received) ? [] : [{ line: index + 1, received }]))
  if (!isObject(document) || document.resourceType !== 'Bundle') return [{ line: 1, received: document }]
  const { entry = [] } = document
  if (!Array.isArray(entry)) return [{ line: 1, received: document, fault: structure('Bundle.entry', 'The entries are no list') }]
  return entry.flatMap((one: unknown, index) => bundleEntry(one, index))
}

/** The definitions of forms in a JSON document: itself, elements of an array, entries of a Bundle. What is no definition that can be read is passed over. */
export function formsIn(document: unknown): Questionnaire[] {
  if (Array.isArray(document)) return document.filter(isForm)
  if (isForm(document)) return [document]
  const { resourceType, entry } = isObject(document) ? document : {}
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return []
  return entry.map((one: unknown) => (isObject(one) ? one.resource : undefined)).filter(isForm)
}

function bundleEntry(entry: unknown, index: number): DocumentEntry[] {
  const line = index + 1
  const expression = `Bundle.entry[${index}]`
  if (!isObject(entry)) return [{ line, received: entry, fault: structure(expression, `Entry ${line} is no object`) }]
  const { resource } = entry
  if (!('resource' in entry)) return []
  if (!isObject(resource) || typeof resource.resourceType !== 'string')
    return [{ line, received: resource, fault: structure(`${expression}.resource`, `Entry ${line} holds no resource`) }]
  return resource.resourceType === 'QuestionnaireResponse' ? [{ line, received: resource }] : []
}

const structure = (expression: string, diagnostics: string): Issue => ({ severity: 'error', code: 'structure', expression, diagnostics })
