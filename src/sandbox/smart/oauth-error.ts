/** An error of OAuth 2.0 and OpenID Connect. The description is for developers; it never repeats a code, a token or a key. */
export type OAuthErrorCode =
  | 'access_denied'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_request'
  | 'invalid_scope'
  | 'server_error'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode

  constructor(code: OAuthErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A fault that may not be told to any other site, because where to send it is itself in doubt: it is shown to the person. */
export class PageError extends Error {
  override readonly name = 'PageError'
}
