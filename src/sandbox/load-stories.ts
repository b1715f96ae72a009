import { readResource } from '../resources.ts'
import type { Stories } from './story.ts'

/** The synthetic mothers, read from `resources/sandbox`; a test holds the file against its schema. */
export const loadStories = (): Stories => readResource<Stories>('sandbox', 'mothers.json')
