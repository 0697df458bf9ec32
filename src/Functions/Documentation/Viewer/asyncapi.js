// Draws an AsyncAPI 3.0 document. The usual viewers compile schemas with eval, which the page's Content-Security-Policy forbids.

export function renderEvents(asyncapi, target) {
  const resolve = (node) => (node?.$ref
    ? resolve(node.$ref.slice(2).split("/").reduce((at, step) => at?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], asyncapi))
    : node);
  const operations = Object.values(asyncapi.operations ?? {}).map((operation) => ({ ...operation, channel: resolve(operation.channel) }));

  const channels = Object.entries(asyncapi.channels).map(([name, channel]) => {
    const takers = operations.filter((operation) => operation.channel === channel && operation.action === "receive");
    const messages = Object.values(channel.messages).map(resolve);
    return element("article", { id: `events/${name}` },
      element("h3", {}, element("code", {}, channel.address)),
      element("p", {}, ...markdown(messages[0].summary)),
      element("p", { class: "takers" }, "Taken by ", ...takers.flatMap((taker) => taker.tags.map((tag) => element("span", { class: "tag" }, tag.name)))),
      ...messages.map((message) => fields(payloadOf(message, resolve), resolve)));
  });
  const envelope = resolve(asyncapi.components.schemas.DomainEvent);
  target.replaceChildren(
    element("h2", {}, asyncapi.info.title, " ", element("small", {}, asyncapi.info.version)),
    element("p", {}, ...markdown(asyncapi.info.description)),
    element("ul", { class: "index" }, ...Object.entries(asyncapi.channels).map(([name, channel]) =>
      element("li", {}, element("a", { href: `#events/${name}` }, channel.title)))),
    element("h3", {}, "Envelope"),
    element("p", {}, ...markdown(envelope.description)),
    fields(envelope, resolve),
    ...channels);
}

// A message is the envelope and what this type says of it, joined by allOf.
function payloadOf(message, resolve) {
  const parts = message.payload.allOf ?? [message.payload];
  return resolve(parts.map(resolve).findLast((part) => part.properties?.payload).properties.payload);
}

function fields(schema, resolve) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => element("tr", {},
    element("td", {}, element("code", {}, name), schema.required?.includes(name) ? "" : element("small", {}, " optional")),
    element("td", {}, typeOf(resolve(field))),
    element("td", {}, ...markdown(field.description ?? ""))));
  return element("table", {},
    element("thead", {}, element("tr", {}, ...["Field", "Type", "What it is"].map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, ...rows));
}

function typeOf(schema) {
  if (schema.enum) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.type === "array") {
    return `list of ${typeOf(schema.items)}`;
  }
  const type = [schema.type ?? "any JSON"].flat().filter((name) => name !== "null").join(" or ");
  const limits = [
    schema.minimum !== undefined && `≥ ${schema.minimum}`,
    schema.maxLength !== undefined && `at most ${schema.maxLength} characters`,
    schema.examples && `for example ${schema.examples.map((value) => JSON.stringify(value)).join(" or ")}`,
  ].filter(Boolean);
  return [type === "string" ? schema.format ?? type : type, ...limits].join(", ");
}

// As much of Markdown as the texts use: code between backticks.
function markdown(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}
