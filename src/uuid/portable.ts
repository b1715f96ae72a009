import { v5 } from 'uuid'

/**
 * The UUID of a name in a namespace, version 5, for where there is no Node: the app.
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.5
 */
export const uuidOfName = (name: string, namespace: Uint8Array): string => v5(name, namespace)
