import { renderEvents } from "/api/docs/asyncapi.js";

const http = document.getElementById("http-api");
const events = document.getElementById("event-api");

// Links into the events are "#events/…", everything else is Swagger UI's.
function show() {
  const isEvents = location.hash.startsWith("#events");
  http.hidden = isEvents;
  events.hidden = !isEvents;
  for (const link of document.querySelectorAll("nav a")) {
    link.toggleAttribute("aria-current", link.hash.startsWith("#events") === isEvents);
  }
  if (isEvents) {
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
}

addEventListener("hashchange", show);
show();

window.SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#http-api",
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  // Its usual one is a server elsewhere.
  validatorUrl: null,
});

try {
  const answer = await fetch("/api/asyncapi.json");
  if (!answer.ok) {
    throw new Error(`asyncapi.json was answered with ${answer.status}.`);
  }
  renderEvents(await answer.json(), events);
} catch (error) {
  events.textContent = `The events cannot be shown: ${error.message}`;
}
show();
