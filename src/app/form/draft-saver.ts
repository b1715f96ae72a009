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
  /** Sends what waits, and resolves when nothing is on its way any more. */
  readonly settle: () => Promise<void>
  /** Lets what waits wait for ever: the form is finished by other means. */
  readonly drop: () => Promise<void>
}

export function createDraftSaver({ save, tell, quiet }: Options): DraftSaver {
  let isWaiting = false
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
      if (isWaiting || running !== undefined) await send()
    },
    drop: async () => {
      clearTimeout(timer)
      isWaiting = false
      await running
    },
  }
}
