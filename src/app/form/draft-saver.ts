/**
 * How the answers stand: on the server; not yet, since it cannot be reached, the login has ended, this login may not keep unfinished forms
 * there, or another has answered otherwise. Wherever they are not on the server they are kept in this browser tab.
 */
export type Saved = 'nothing' | 'saving' | 'saved' | 'failed' | 'expired' | 'kept' | 'conflict'

/** Whether the form may be left without a word: what is not on the server would be out of sight. */
export const isSafe = (saved: Saved): boolean => ['nothing', 'saving', 'saved'].includes(saved)

interface Options {
  /** Sends the newest answers. */
  readonly save: () => Promise<void>
  /** What a failure to send means. */
  readonly savedOf: (error: unknown) => Saved
  readonly tell: (saved: Saved) => void
  /** Milliseconds of quiet before they are sent. */
  readonly quiet: number
  /** Milliseconds after which what could not be sent is tried again, when nobody answers anything. */
  readonly again: number
}

/** Saves what is answered: a moment after the last change, one write at a time, so that versions follow one another. */
export interface DraftSaver {
  readonly changed: () => void
  /** Sends what waits and what could not be sent before, and resolves when nothing is on its way any more. */
  readonly settle: () => Promise<void>
  /** Sends nothing more by itself: the form is about to be finished by other means. Settling would still send it. */
  readonly drop: () => Promise<void>
}

export function createDraftSaver({ save, savedOf, tell, quiet, again }: Options): DraftSaver {
  let isWaiting = false
  let isUnsaved = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  const work = async (): Promise<void> => {
    while (isWaiting) {
      isWaiting = false
      tell('saving')
      const saved = await save().then(() => 'saved' as const, savedOf)
      isUnsaved = saved !== 'saved'
      if (!isWaiting) tell(saved)
      if (saved === 'failed' && !isWaiting) timer = setTimeout(settle, again)
    }
    running = undefined
  }
  const send = (): Promise<void> => {
    clearTimeout(timer)
    running ??= work()
    return running
  }
  const settle = async (): Promise<void> => {
    isWaiting ||= isUnsaved
    if (isWaiting || running !== undefined) await send()
  }
  return {
    changed: () => {
      isWaiting = true
      clearTimeout(timer)
      timer = setTimeout(send, quiet)
    },
    settle,
    drop: async () => {
      clearTimeout(timer)
      isUnsaved ||= isWaiting
      isWaiting = false
      await running
      clearTimeout(timer)
    },
  }
}
