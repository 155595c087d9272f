/** Listening, on this device or not at all. */
import { admit, type Recognition, type RecognitionClass } from "./speech";

const found = (): RecognitionClass | undefined =>
  (window as unknown as Record<string, RecognitionClass | undefined>)["SpeechRecognition"]
  ?? (window as unknown as Record<string, RecognitionClass | undefined>)["webkitSpeechRecognition"];

export class Ear {
  private recognition: Recognition | null = null;
  private since = 0;

  constructor(
    private readonly heard: (text: string, start: number, end: number) => void,
    private readonly tell: (words: string) => void,
  ) {}

  async toggle(): Promise<void> {
    if (this.recognition) return this.stop("No longer listening.");
    const answer = await admit(found(), navigator.language || "en-US");
    if (answer.is === "refused") return this.tell(answer.why);
    const { recognition } = answer;
    this.recognition = recognition;
    this.since = Date.now();
    recognition.onresult = (event) => {
      for (let n = event.resultIndex; n < event.results.length; n += 1) {
        const result = event.results[n];
        if (result?.isFinal) this.words(result[0].transcript);
      }
    };
    recognition.onerror = (event) => this.stop(`Listening ended: ${event.error}.`);
    recognition.onend = () => this.stop("");
    recognition.start();
    this.tell("Listening, on this device. g u ends it.");
  }

  /** The browser tells no times within a phrase: words share it by their length. */
  private words(said: string): void {
    const now = Date.now();
    const texts = said.trim().split(/\s+/).filter(Boolean);
    const letters = texts.reduce((sum, text) => sum + text.length, 0) || 1;
    let at = Math.max(this.since, now - 90 * letters);
    const step = (now - at) / letters;
    for (const text of texts) this.heard(text, at, (at += step * text.length));
    this.since = now;
  }

  private stop(words: string): void {
    const { recognition } = this;
    this.recognition = null;
    recognition?.stop();
    if (words) this.tell(words);
  }
}
