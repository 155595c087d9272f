/** The browser's speech recognition, only where it promises to stay on this device. Never a cloud's. */

/** What we use of the standard's SpeechRecognition (WICG, on-device additions). */
export interface Recognition {
  processLocally?: boolean;
  continuous: boolean;
  interimResults: boolean;
  lang: string;
  onresult: ((event: { resultIndex: number; results: ArrayLike<{ isFinal: boolean; 0: { transcript: string } }> }) => void) | null;
  onerror: ((event: { error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
}

export interface RecognitionClass {
  new (): Recognition;
  available?: (options: { langs: string[]; processLocally: boolean }) => Promise<string>;
}

export type Admission = { readonly is: "admitted"; readonly recognition: Recognition } | { readonly is: "refused"; readonly why: string };

const CLOUD = "Speech would leave this machine, so it stays off. Upload a transcript, or ask for a recogniser on the site's own machine.";

/** Admitted only if the browser has the on-device mode, answers "available" for it, and keeps it switched on. */
export async function admit(found: RecognitionClass | undefined, lang: string): Promise<Admission> {
  if (!found) return refused("This browser recognises no speech.");
  if (typeof found.available !== "function" || !("processLocally" in found.prototype)) {
    return refused(`This browser cannot promise to recognise speech on this device. ${CLOUD}`);
  }
  const answer = await found.available({ langs: [lang], processLocally: true }).catch(() => "unavailable");
  if (answer !== "available") {
    return refused(`On-device speech for ${lang} is ${answer === "unavailable" ? "not there" : "not installed"} in this browser. ${CLOUD}`);
  }
  const recognition = new found();
  recognition.processLocally = true;
  if (recognition.processLocally !== true) return refused(`This browser does not keep speech on this device. ${CLOUD}`);
  recognition.lang = lang;
  recognition.continuous = true;
  recognition.interimResults = false;
  return { is: "admitted", recognition };
}

const refused = (why: string): Admission => ({ is: "refused", why });
