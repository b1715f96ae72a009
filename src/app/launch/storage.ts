/** What lives and ends with one browser tab. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** The storage of this tab; nothing where the browser gives a page none, as some do to a page in a frame of another site. */
export function tabStorage(): TabStorage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}

/** Remembers nothing: for what a page can do without. */
export const FORGETFUL: TabStorage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
