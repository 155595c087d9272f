/** Files sent in one request, with what has been sent so far: fetch does not tell that. */
import { csrfToken } from "../api/csrf";
import { Refusal, Unreachable } from "../api/client";

export function send<T>(address: string, body: FormData, progress: (share: number) => void, stop: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve(answer as T);
      else if ([502, 503, 504].includes(request.status)) reject(new Unreachable());
      else reject(new Refusal(request.status, answer));
    };
    stop.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
