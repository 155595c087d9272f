/** The API as typed functions' foundation: generated paths, CSRF, and refusals as one kind of error. */
import createClient from "openapi-fetch";

import { csrfToken } from "./csrf";
import type { components, paths } from "./schema";

export type Shape = components["schemas"];

/** The server answered, and said no. `body` is its problem document: title says what was wrong and what to do. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
  ) {
    super(typeof body["title"] === "string" ? body["title"] : `The service answered ${status}.`);
  }
}

/** No answer came: the network or the service is away. What was sent may or may not have arrived. */
export class Unreachable extends Error {
  constructor() {
    super("The service does not answer.");
  }
}

export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });

client.use({
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
  onError: () => new Unreachable(),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body. Throws Refusal, or Unreachable for a gateway's error. */
export async function answered<T>(pending: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await pending;
  if (response.ok && data !== undefined) return data;
  if ([502, 503, 504].includes(response.status)) throw new Unreachable();
  const body = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  throw new Refusal(response.status, body);
}
