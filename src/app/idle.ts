const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const

/** Calls `act` once after so many minutes in which nobody touched the page, and again after the next such time. */
export function watchIdle(page: Pick<EventTarget, 'addEventListener'>, minutes: number, act: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const restart = (): void => {
    clearTimeout(timer)
    timer = setTimeout(act, minutes * 60_000)
  }
  for (const sign of SIGNS) page.addEventListener(sign, restart, { passive: true, capture: true })
  restart()
}
