import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** The heading of a screen: takes the focus when the screen (or its page, `of`) comes, so that a reader starts there. */
export function Heading({ children, of }: { readonly children: ComponentChildren; readonly of: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [of])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
