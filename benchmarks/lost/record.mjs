// What was typed, what the server acknowledged, what the reader gave up by an own choice, and what is there at the end.
// A word is one edit: it stands in the comment of a reading. Words are unique within an interleaving.

const words = (text) => new Set(text.split(" ").filter(Boolean));

export class Record {
  typed = new Map();
  acknowledged = new Map();
  givenUp = new Set();
  /** Tab → words that its reader gave up by a choice that is not saved yet. */
  underWay = new Map();
  /** Conflicts that the server told a tab of, and whether that tab's reader was shown them. */
  conflicts = [];
  log = [];

  type(reading, word) {
    this.typed.set(word, reading);
  }

  /** A choice between two versions, an undo: what only the other one held is gone by the reader's will. */
  chose(tab, kept, dropped, isSavedYet = false) {
    const stays = words(kept);
    const gone = [...words(dropped)].filter((word) => !stays.has(word));
    for (const word of gone) this.givenUp.add(word);
    if (!isSavedYet) this.underWay.set(tab, new Set([...(this.underWay.get(tab) ?? []), ...gone]));
  }

  /** A word that comes back (a redo, a version kept elsewhere and taken) is wanted again. */
  wanted(tab, text) {
    for (const word of words(text)) {
      this.givenUp.delete(word);
      this.underWay.get(tab)?.delete(word);
    }
  }

  /**
   * The choice is saved: it counts from now on, also where another tab took the same version up in between. A save that
   * still holds a word was on its way before that word was given up. What another tab saved can't be given up unseen.
   */
  saved(tab, text) {
    const there = words(text);
    const before = this.underWay.get(tab) ?? new Set();
    for (const word of before) if (!there.has(word)) this.givenUp.add(word);
    this.underWay.set(tab, new Set([...before].filter((word) => there.has(word))));
    for (const [other, given] of this.underWay) if (other !== tab) for (const word of there) given.delete(word);
  }

  heard(tab, method, path, body, status, text) {
    const found = /^\/api\/readings\/(\d+)\/(draft|submit)\/$/.exec(path);
    if (!found) return;
    const reading = Number(found[1]);
    this.log.push(`${tab.name} ${method} ${path} base ${body?.base_version} [${body?.content?.comment}] -> ${status}`);
    if (status === 200) {
      for (const word of words(body.content.comment)) this.acknowledged.set(word, reading);
      this.saved(tab, body.content.comment);
    }
    if (status !== 409) return;
    const answer = JSON.parse(text);
    if (answer.theirs === undefined) return;
    const isSame = answer.theirs.comment === body.content.comment;
    if (!isSame) this.conflicts.push({ tab, reading, isShown: false });
  }

  /** Is the conflict on a screen: that of the tab that was told, or the next one that opens a case left meanwhile? */
  look(tabs) {
    const isOn = (tab, reading) => tab.isAlive && tab.room.state.open?.kase.reading.id === reading;
    for (const tab of tabs) {
      const open = tab.room.state.open;
      if (!tab.isAlive || open?.saver.state.phase !== "conflict") continue;
      const { id } = open.kase.reading;
      for (const one of this.conflicts) if (one.reading === id && (one.tab === tab || !isOn(one.tab, id))) one.isShown = true;
    }
  }

  /** What is wrong, given the comment that counts of each reading at the end. */
  verdict(final) {
    const there = new Map([...final].map(([reading, comment]) => [reading, words(comment)]));
    const isThere = (word, reading) => there.get(reading)?.has(word) ?? false;
    const gone = (map) => [...map].filter(([word, reading]) => !this.givenUp.has(word) && !isThere(word, reading));
    const unacknowledged = new Map([...this.typed].filter(([word]) => !this.acknowledged.has(word)));
    return {
      typed: this.typed.size,
      acknowledged: this.acknowledged.size,
      missing: gone(this.acknowledged).map(([word]) => word),
      unacknowledged: unacknowledged.size,
      unacknowledged_missing: gone(unacknowledged).map(([word]) => word),
      conflicts: this.conflicts.length,
      hidden: this.conflicts.filter((one) => !one.isShown && one.tab.isAlive).length,
    };
  }
}
