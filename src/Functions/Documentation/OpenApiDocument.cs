using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Documentation;

/// <summary>Describes the HTTP API in OpenAPI 3.1, from the attributes, types and comments of the functions.</summary>
public sealed class OpenApiDocument
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";
    private const string AnyMedia = "*/*";

    // The order of a user's day. Features for operators come last.
    private static readonly string[] TagOrder =
    [
        "Auth", "Files", "Notifications", "Orchestrator", "Commands", "Workflows", "Mcp", "Sessions", "ApiKeys", "Users", "Audit", "Delivery", "Health", "Console", "Documentation",
    ];

    private readonly XmlComments comments = new(typeof(OpenApiDocument).Assembly, typeof(DomainEvent).Assembly);
    private readonly SchemaRegistry schemas;
    private readonly JsonObject examples = DocumentText.Read("Documentation.examples.json");

    private readonly ApiTypes types;

    private OpenApiDocument(ApiTypes types)
    {
        this.types = types;
        schemas = new SchemaRegistry(comments);
    }

    /// <summary>Makes the document.</summary>
    /// <param name="types">The types of all features.</param>
    /// <exception cref="InvalidOperationException">A function lacks an attribute or a comment that the document needs.</exception>
    internal static JsonObject Create(ApiTypes types) => new OpenApiDocument(types).Build();

    private JsonObject Build()
    {
        var paths = new JsonObject();
        var statuses = new SortedSet<HttpStatusCode>();
        foreach (HttpFunction function in HttpFunction.All)
        {
            string path = $"/{function.Route}";
            var item = (JsonObject)(paths[path] ??= new JsonObject());
            item[function.Method] = Describe(function, statuses);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "MCP gateway",
                ["version"] = DocumentText.Version,
                ["description"] = "Manage the files, commands, workflows, sessions and API keys of an MCP gateway. Every change publishes an event. "
                    + "Errors are problem details (RFC 9457), times are ISO 8601 in UTC. `HEAD` works wherever `GET` does. `asyncapi.json` describes the events.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/api" }),
            ["tags"] = Tags(),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject
                    {
                        ["type"] = "http",
                        ["scheme"] = "bearer",
                        ["bearerFormat"] = "JWT",
                        ["description"] = "An access token from `POST /auth/login`. It is valid until it expires or its session ends.",
                    },
                    ["apiKey"] = new JsonObject
                    {
                        ["type"] = "apiKey",
                        ["in"] = "header",
                        ["name"] = "x-api-key",
                        ["description"] = "An API key from `POST /apikeys`, with the scope that the operation needs.",
                    },
                    ["ticket"] = new JsonObject
                    {
                        ["type"] = "apiKey",
                        ["in"] = "query",
                        ["name"] = RequestCredentials.TicketParameter,
                        ["description"] = "A ticket from `POST /notifications/tickets`, for clients that cannot send headers. It is valid once, for 30 seconds.",
                    },
                },
                ["parameters"] = ApiParameters.Components(),
                ["headers"] = ApiHeaders.Components(),
                ["responses"] = new JsonObject(statuses.Select(status => KeyValuePair.Create<string, JsonNode?>(NameOf(status), ProblemResponse(status)))),
                ["schemas"] = schemas.Components(),
            },
        };
    }

    private JsonObject Describe(HttpFunction function, SortedSet<HttpStatusCode> statuses)
    {
        OperationAttribute operation = function.Operation
            ?? throw new InvalidOperationException($"The function {function.Name} lacks [Operation(…)], which documents the API.");
        string summary = comments.SummaryOf(function.Code)
            ?? throw new InvalidOperationException($"The function {function.Name} lacks the XML comment that the API's documentation shows.");
        var described = new JsonObject
        {
            ["operationId"] = JsonNamingPolicy.CamelCase.ConvertName(function.Name),
            ["tags"] = new JsonArray(TagOf(function)),
            // A summary is plain text; only descriptions are Markdown.
            ["summary"] = summary.Replace("`", "", StringComparison.Ordinal),
            ["description"] = AccessText(function.Access),
            ["security"] = Security(function.Access),
            ["parameters"] = Parameters(function, operation),
        };
        TakesFilesAttribute? files = function.Code.GetCustomAttribute<TakesFilesAttribute>();
        if (operation.Body is { } body)
        {
            described["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { [Json] = Media(types.InfoOf(body)) } };
        }
        else if (files is not null)
        {
            described["requestBody"] = FilesBody(files);
        }

        described["responses"] = Responses(function, operation, files is not null, statuses);
        return described;
    }

    private JsonArray Parameters(HttpFunction function, OperationAttribute operation) =>
    [
        .. function.RouteValues.Select(name => new JsonObject
        {
            ["name"] = name,
            ["in"] = "path",
            ["required"] = true,
            ["description"] = comments.ParameterOf(function.Code, name)
                ?? throw new InvalidOperationException($"The function {function.Name} lacks an XML comment on its parameter {name}."),
            ["schema"] = new JsonObject { ["type"] = "string", ["minLength"] = 1 },
        }),
        .. operation.Parameters.Concat(operation.IsPaged ? ApiParameters.OfPages : []).Concat(function.IsIdempotent ? [IdempotencyKeys.Header] : [])
            .Append(CorrelationId.Header).Select(ApiParameters.Reference),
    ];

    private static JsonObject FilesBody(TakesFilesAttribute files)
    {
        var part = new JsonObject { ["type"] = "string", ["contentMediaType"] = "application/octet-stream" };
        JsonObject parts = files.Max == 1 ? part : new JsonObject { ["type"] = "array", ["minItems"] = 1, ["maxItems"] = files.Max, ["items"] = part };
        return new JsonObject
        {
            ["required"] = true,
            ["description"] = "The bytes with their `Content-Type`, and with `Content-Length` or in chunks; or a form.",
            ["content"] = new JsonObject
            {
                ["multipart/form-data"] = new JsonObject
                {
                    ["schema"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["required"] = new JsonArray("file"),
                        ["properties"] = new JsonObject { ["file"] = parts },
                    },
                },
                [AnyMedia] = new JsonObject(),
            },
        };
    }

    private JsonObject Responses(HttpFunction function, OperationAttribute operation, bool takesFiles, SortedSet<HttpStatusCode> statuses)
    {
        IEnumerable<(HttpStatusCode Status, Type? Response, string? MediaType, string[] Headers)> all = function.Code.GetCustomAttributes<AlsoRespondsAttribute>()
            .Select(also => (also.Status, also.Response, also.MediaType, also.Headers))
            .Prepend((operation.Status, operation.Response, null, operation.Headers));
        var responses = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var status in all.GroupBy(response => response.Status))
        {
            var content = new JsonObject();
            foreach (IGrouping<string, Type?> media in status.Where(
                each => (each.Response ?? (object?)each.MediaType) is not null).GroupBy(each => each.MediaType ?? Json, each => each.Response))
            {
                content[media.Key] = Media([.. media.OfType<Type>().Select(types.InfoOf)]);
            }

            var response = new JsonObject
            {
                ["description"] = DocumentText.Words(status.Key),
                ["headers"] = ApiHeaders.Of(status.SelectMany(each => each.Headers).Concat(function.Access is { Anonymous: true } ? [] : ApiHeaders.OfCredentials)),
            };
            if (content.Count > 0)
            {
                response["content"] = content;
            }

            responses[Number(status.Key)] = response;
        }

        foreach (HttpStatusCode status in ProblemsOf(function, operation, takesFiles))
        {
            statuses.Add(status);
            var problem = new JsonObject { ["$ref"] = $"#/components/responses/{NameOf(status)}" };
            if (responses.TryGetValue(Number(status), out JsonNode? own))
            {
                // A response and a problem may share a status.
                own!["content"]![ProblemJson] = ProblemResponse(status)["content"]![ProblemJson]!.DeepClone();
            }
            else
            {
                responses.Add(Number(status), problem);
            }
        }

        return new JsonObject(responses);
    }

    // Adds the problems that follow from the function's attributes.
    private static HashSet<HttpStatusCode> ProblemsOf(HttpFunction function, OperationAttribute operation, bool takesFiles)
    {
        // Every request may get 400, since its Host header may be invalid.
        var problems = new HashSet<HttpStatusCode>(operation.Problems)
        {
            HttpStatusCode.BadRequest,
            HttpStatusCode.InternalServerError,
            HttpStatusCode.ServiceUnavailable,
        };
        if (function.Access is not { Anonymous: true })
        {
            problems.UnionWith([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests]);
            if (function.Access is not { AnyCredential: true })
            {
                problems.Add(HttpStatusCode.Forbidden);
            }
        }

        if (function.IsIdempotent)
        {
            problems.Add(HttpStatusCode.Conflict);
        }

        if (function.RouteValues.Any())
        {
            problems.Add(HttpStatusCode.NotFound);
        }

        // An idempotency key belongs to a body, even if the route needs none.
        if (operation.Body is not null || takesFiles || function.IsIdempotent)
        {
            problems.UnionWith([HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.UnsupportedMediaType]);
        }

        return problems;
    }

    private JsonObject ProblemResponse(HttpStatusCode status)
    {
        string[] headers = status switch
        {
            HttpStatusCode.Unauthorized => [HeaderNames.WWWAuthenticate],
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => [HeaderNames.RetryAfter],
            HttpStatusCode.RequestedRangeNotSatisfiable => [HeaderNames.ContentRange],
            _ => [],
        };
        JsonObject example = examples["Problem"]![Number(status)]?.DeepClone().AsObject()
            ?? throw new InvalidOperationException($"examples.json lacks a problem with status {Number(status)}.");
        return new JsonObject
        {
            ["description"] = DocumentText.Words(status),
            ["headers"] = ApiHeaders.Of(headers),
            ["content"] = new JsonObject
            {
                [ProblemJson] = new JsonObject
                {
                    ["schema"] = new JsonObject
                    {
                        ["allOf"] = new JsonArray(
                            schemas.SchemaOf(types.InfoOf(typeof(Problem))),
                            new JsonObject
                            {
                                ["properties"] = new JsonObject { ["status"] = new JsonObject { ["const"] = (int)status } },
                                ["required"] = status == HttpStatusCode.BadRequest ? new JsonArray("traceId", "errors") : new JsonArray("traceId"),
                            }),
                    },
                    ["example"] = example,
                },
            },
        };
    }

    private JsonObject Media(params JsonTypeInfo[] types)
    {
        if (types.Length == 0)
        {
            return [];
        }

        JsonNode[] each = [.. types.Select(schemas.SchemaOf)];
        var media = new JsonObject { ["schema"] = each.Length == 1 ? each[0] : new JsonObject { ["oneOf"] = new JsonArray(each) } };
        if (ExampleOf(types[0].Type) is { } example)
        {
            media["example"] = example;
        }

        return media;
    }

    // A page has one item.
    private JsonNode? ExampleOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>)
            ? examples[type.GenericTypeArguments[0].Name] is { } item ? new JsonObject { ["items"] = new JsonArray(item.DeepClone()) } : null
            : examples[type.Name]?.DeepClone();

    private JsonArray Tags() =>
    [
        .. HttpFunction.All.GroupBy(TagOf).OrderBy(tag => Place(tag.Key)).Select(tag => new JsonObject
        {
            ["name"] = tag.Key,
            ["description"] = string.Join(" ", tag.Select(function => function.Code.DeclaringType!).Distinct().Select(comments.SummaryOf)),
        }),
    ];

    private static int Place(string tag) => Array.IndexOf(TagOrder, tag) is var place and >= 0
        ? place
        : throw new InvalidOperationException($"{nameof(TagOrder)} lacks the feature {tag}.");

    // One feature is one folder, and one group in the document. Clients know the routes of operators under the name of delivery.
    private static string TagOf(HttpFunction function) => function.Code.DeclaringType!.Namespace!.Split('.')[^1] switch
    {
        "Operations" => "Delivery",
        var feature => feature,
    };

    private static string AccessText(AccessAttribute? access) => access switch
    {
        null => "Nobody may call it.",
        { Anonymous: true } => "Anybody may call it, without a credential.",
        { AnyCredential: true } => "Every user with a session, and every API key.",
        { AdminOnly: true, Scope: { } scope } => $"Administrators, and their API keys with the scope `{scope}`.",
        { AdminOnly: true } => "Administrators with a session. No API key may call it.",
        { Scope: { } scope } => $"Users with a session, and API keys with the scope `{scope}`.",
        _ => "Users with a session. No API key may call it.",
    };

    // The required roles and scopes. OpenAPI 3.1 lists them with the name of the scheme.
    private static JsonArray Security(AccessAttribute? access)
    {
        if (access is null or { Anonymous: true })
        {
            return [];
        }

        JsonArray Needed(string? scope) => [.. new[] { scope, access.AdminOnly ? Roles.Admin : null }.Where(each => each is not null)];
        JsonArray schemes = [new JsonObject { ["bearer"] = Needed(null) }];
        if (access.Scope is not null || access.AnyCredential)
        {
            schemes.Add(new JsonObject { ["apiKey"] = Needed(access.Scope) });
        }

        if (access.Ticket)
        {
            schemes.Add(new JsonObject { ["ticket"] = Needed(null) });
        }

        return schemes;
    }

    private static string Number(HttpStatusCode status) => $"{(int)status}";

    private static string NameOf(HttpStatusCode status) => status == HttpStatusCode.RequestEntityTooLarge ? "ContentTooLarge" : $"{status}";
}
