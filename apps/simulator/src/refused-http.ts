/** A request that the gateway answers by itself, with plain text whatever was accepted (contract section 1.7). */
export interface RefusedHttp {
  readonly status: number;
  readonly text: string;
}

/** Contract section 1.7; of akka-http's wording for the others only the form field's was seen. */
export const refusedHttp = {
  unauthorized: { status: 401, text: 'The supplied authentication is invalid' },
  notFound: { status: 404, text: 'The requested resource could not be found.' },
  tooLarge: { status: 413, text: 'The request entity was larger than the allowed maximum.' },
  contentType: {
    status: 415,
    text:
      "The request's Content-Type is not supported. Expected:\n" +
      'application/x-www-form-urlencoded or application/json',
  },
  method: (allowed: string) => ({
    status: 405,
    text: `HTTP method not allowed, supported methods: ${allowed}`,
  }),
  missingField: (name: string) => ({
    status: 400,
    text: `Request is missing required form field '${name}'`,
  }),
  missingMember: (name: string) => ({
    status: 400,
    text: `The request content was malformed:\nObject is missing required member '${name}'`,
  }),
  missingParameter: (name: string) => ({
    status: 400,
    text: `Request is missing required query parameter '${name}'`,
  }),
  malformed: (why: string) => ({
    status: 400,
    text: `The request content was malformed:\n${why}`,
  }),
} as const;
