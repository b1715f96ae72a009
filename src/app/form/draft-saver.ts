/** How the answers stand on the server. */
export type Saved = 'nothing' | 'saving' | 'saved' | 'failed'

interface Options {
  /** Sends the newest answers. */
  readonly save: () => Promise<void>
  readonly tell: (saved: Saved) => void
  /** Milliseconds of quiet before they are sent. */
  readonly quiet: number
}

/** Saves what is answered: a moment after the last change, one write at a time, so that versions follow one another. */
export interface DraftSaver {
  readonly changed: () => void
  /** Sends what waits and what could not be sent before, and resolves when nothing is on its way any more. */
  readonly settle: () => Promise<void>
  /** Sends nothing more by itself: the form is about to be finished by other means. Settling would still send it. */
  readonly drop: () => Promise<void>
}

export function createDraftSaver({ save, tell, quiet }: Options): DraftSaver {
  let isWaiting = false
  let isUnsaved = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: Promise<void> | undefined

  const work = async (): Promise<void> => {
    while (isWaiting) {
      isWaiting = false
      tell('saving')
      const saved = await save().then(
        () => 'saved' as const,
        () => 'failed' as const,
      )
      isUnsaved = saved === 'failed'
      if (!isWaiting) tell(saved)
    }
    running = undefined
  }
  const send = (): Promise<void> => {
    clearTimeout(timer)
    running ??= work()
    return running
  }
  return {
    changed: () => {
      isWaiting = true
      clearTimeout(timer)
      timer = setTimeout(send, quiet)
    },
    settle: async () => {
      isWaiting ||= isUnsaved
      if (isWaiting || running !== undefined) await send()
    },
    drop: async () => {
      clearTimeout(timer)
      isUnsaved ||= isWaiting
      isWaiting = false
      await running
    },
  }
}
