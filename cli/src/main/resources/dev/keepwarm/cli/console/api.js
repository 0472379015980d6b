// All requests of the page to its server.

/** The error if the server refuses a request or does not respond. */
export class Refused extends Error {
  constructor(status, code, what) {
    super(what);
    this.status = status;
    this.code = code;
  }
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Refused(0, "UNAVAILABLE", "the console does not respond: is keepwarm console still running?");
  }
  let json;
  try {
    json = await response.json();
  } catch {
    throw new Refused(response.status, "INTERNAL", "no JSON");
  }
  if (!response.ok) {
    throw new Refused(response.status, String(json.code), String(json.what));
  }
  return json;
}

/** Reads a document; throws the server's refusal. */
export function view(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return answer(fetch("/api/" + name + (query ? "?" + query : ""), { credentials: "same-origin" }));
}

/** Runs an action. */
export function act(session, name, parameters) {
  return answer(
    fetch("/api/act/" + name, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-Keepwarm-Console": session.csrf ?? "" },
      body: JSON.stringify(parameters),
    }),
  );
}

/** Calls back with each snapshot, and when the connection opens or breaks. */
export function live(onSnapshot, onConnection) {
  const source = new EventSource("/api/live");
  source.onopen = () => onConnection(true);
  source.onerror = () => onConnection(false);
  source.onmessage = (event) => {
    onConnection(true);
    onSnapshot(JSON.parse(event.data));
  };
  return source;
}
