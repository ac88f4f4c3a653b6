// Asks again and again, one question at a time, and not while nobody looks.

const MILLIS = 2000;
const RETRY_MILLIS = 5000;

/** Calls ask until stopped; returns { stop, now }. */
export function poll(ask, onerror) {
  let timer = null;
  let controller = null;
  let stopped = false;

  async function turn() {
    clearTimeout(timer);
    if (stopped || controller || document.hidden) return;
    const own = (controller = new AbortController());
    let wait = MILLIS;
    try {
      await ask(own.signal);
    } catch (error) {
      if (own.signal.aborted) return;
      wait = RETRY_MILLIS;
      onerror(error);
    } finally {
      if (controller === own) controller = null;
    }
    if (!stopped) timer = setTimeout(turn, wait);
  }

  /** What is under way is dropped: its question is out of date. */
  function now() {
    if (controller) controller.abort();
    controller = null;
    turn();
  }

  document.addEventListener("visibilitychange", turn);
  turn();
  return {
    now,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", turn);
      if (controller) controller.abort();
    },
  };
}
