// Everything that the page asks its server.

/** A refusal of the server, or a server that does not respond. */
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

/** A document; refused as the server says. */
export function view(name, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return answer(fetch("/api/" + name + (query ? "?" + query : ""), { credentials: "same-origin" }));
}

/** Does something. */
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

/** Calls back with each snapshot, and with whether there is a connection. */
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
