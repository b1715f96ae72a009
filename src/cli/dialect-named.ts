import { CANONICAL, DIALECTS, type Dialect, isDialect } from '../publish/dialect.ts'
import { UsageError } from './shell.ts'

/** The dialect of this name, the canonical one without any. Throws UsageError, naming all, for one that is none. */
export function dialectNamed(name: string = CANONICAL): Dialect {
  if (isDialect(name)) return name
  throw new UsageError(`There is no dialect ${name}. Known are ${DIALECTS.join(', ')}.`)
}
