import { STATUS_CODES } from 'node:http'

/** `201 Created`, as `Bundle.entry.response.status` shows it. */
export const httpStatus = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim()
